// Without this the page works by reloading; with it, columns fill while one types elsewhere.
"use strict";

const said = document.getElementById("said");
const words = { post: "Post", reply: "Reply", edit: "Save" };
const done = { post: "Posted", reply: "Answered", edit: "Changed", delete: "Deleted", vote: "Voted" };

// Replace only what changed, so that open warnings and the keyboard's place stay. Gives how many posts are new.
function fill(posts, html) {
  const next = document.createElement("div");
  next.innerHTML = html; // rendered and escaped by our own server
  const talk = posts.querySelector("ol"), wanted = next.querySelector("ol");
  const have = new Map([...talk.children].map((li) => [li.dataset.id, li]));
  const place = posts.contains(document.activeElement) ? document.activeElement : null;
  const held = place?.closest("[data-id]"), at = held ? [...held.querySelectorAll("a, button, summary")].indexOf(place) : -1;
  let fresh = 0;
  const rows = [...wanted.children].map((li) => {
    const old = have.get(li.dataset.id);
    if (!old) { fresh += 1; return li; }
    const open = old.querySelector("details[open]");
    if (open && li.querySelector("details")) li.querySelector("details").open = true;
    return old.isEqualNode(li) ? old : li;
  });
  rows.forEach((li, i) => { if (talk.children[i] !== li) talk.insertBefore(li, talk.children[i] || null); });
  while (talk.children.length > rows.length) talk.lastElementChild.remove();
  [...posts.children].forEach((one) => { if (one !== talk) one.remove(); });
  [...next.children].forEach((one) => { if (one !== wanted) posts.insertBefore(one, talk); });
  if (at >= 0 && document.activeElement !== place) {
    const li = rows.find((one) => one.dataset.id === held.dataset.id);
    li?.querySelectorAll("a, button, summary")[at]?.focus({ preventScroll: true });
  }
  return fresh;
}

// What happens in the week that is played; the keyboard's place stays on its button.
function week(html, what) {
  const place = document.querySelector("[data-week]"), held = place.contains(document.activeElement);
  const next = document.createElement("div");
  next.innerHTML = html; // rendered and escaped by our own server
  if (place.firstElementChild.isEqualNode(next.firstElementChild)) return;
  place.replaceChildren(...next.childNodes);
  if (held) place.querySelector("button").focus({ preventScroll: true });
  said.textContent = what;
}

function listen() {
  const source = new EventSource("/changes"), known = new Set();
  source.onmessage = (event) => {
    const { network, html, what } = JSON.parse(event.data);
    if (!network) return week(html, what);
    const column = document.querySelector(`[data-network="${network}"]`);
    if (!column) return;
    const fresh = fill(column.querySelector("[data-posts]"), html);
    if (fresh && known.has(network)) said.textContent = `${fresh} new on ${column.dataset.title}`;
    known.add(network); // the first is what the page shows already
  };
}

function about(form, what, post, words_, text) {
  form.elements.do.value = what;
  form.elements.post.value = post;
  form.querySelector(".about").hidden = !words_;
  form.querySelector(".about span").textContent = words_;
  form.querySelector(".row button").firstChild.textContent = words[what];
  form.querySelector(".row label").hidden = form.querySelector(".more").hidden = what === "edit";
  if (text !== null) form.elements.text.value = text;
}

function complain(form, trouble) {
  const note = form.querySelector(".trouble") ?? form.closest("[data-network]").querySelector("form.say > .trouble");
  note.textContent = trouble;
  note.hidden = !trouble;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-do]");
  if (!link) return;
  const column = link.closest("[data-network]"), form = column.querySelector("form.say");
  const post = link.closest("[data-id]")?.dataset.id ?? "";
  event.preventDefault();
  complain(form, "");
  if (link.dataset.do === "reply") about(form, "reply", post, `Replying to ${link.dataset.name}`, form.elements.do.value === "edit" ? "" : null);
  if (link.dataset.do === "edit") about(form, "edit", post, "Editing this post", link.dataset.text);
  if (link.dataset.do === "cancel") about(form, "post", "", "", "");
  form.elements.text.focus();
});

document.addEventListener("submit", async (event) => {
  const form = event.target, data = new FormData(form, event.submitter), column = form.closest("[data-network]");
  if (!column && !form.closest("[data-week]")) return; // a poll loads the page anew
  event.preventDefault();
  if (data.get("do") === "vote") data.set("author", column.querySelector("form.say").elements.author.value);
  if (form.dataset.busy) return; // a second press of the button is not a second post
  form.dataset.busy = "yes";
  let trouble = "";
  try {
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json" } });
    trouble = answer.ok ? (await answer.json()).trouble : await answer.text();
  } catch {
    trouble = "The demo does not answer. Does it still run?";
  } finally {
    delete form.dataset.busy;
  }
  if (!column) { said.textContent = trouble; return; } // what it did comes as an event
  complain(form, trouble);
  if (trouble) return;
  if (form.matches(".say")) {
    const author = form.elements.author.value;
    form.reset();
    form.elements.author.value = author;
    about(form, "post", "", "", "");
  } else if (data.get("do") === "delete") {
    column.querySelector("h2").focus({ preventScroll: true }); // its button goes
  }
  said.textContent = `${done[data.get("do")]} on ${column.dataset.title}.`;
});

listen();
