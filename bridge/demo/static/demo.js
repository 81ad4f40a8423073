// Without this the page works by reloading; with it, columns fill while one types elsewhere.
"use strict";

const said = document.getElementById("said");

// Replace only what changed, so that open warnings and the keyboard's place stay.
function fill(posts, html) {
  const next = document.createElement("div");
  next.innerHTML = html; // rendered and escaped by our own server
  const talk = posts.querySelector("ol"), wanted = next.querySelector("ol");
  if (!talk || !wanted || talk.children.length === 0) { posts.replaceChildren(...next.childNodes); return; }
  const have = new Map([...talk.children].map((li) => [li.dataset.id, li]));
  const rows = [...wanted.children].map((li) => {
    const old = have.get(li.dataset.id);
    if (!old) return li;
    const open = old.querySelector("details[open]");
    if (open && li.querySelector("details")) li.querySelector("details").open = true;
    return old.isEqualNode(li) ? old : li;
  });
  rows.forEach((li, i) => { if (talk.children[i] !== li) talk.insertBefore(li, talk.children[i] || null); });
  while (talk.children.length > rows.length) talk.lastElementChild.remove();
  [...posts.children].forEach((one) => { if (one !== talk) one.remove(); });
  [...next.children].forEach((one) => { if (one !== wanted) posts.insertBefore(one, talk); });
}

function listen() {
  const source = new EventSource("/changes");
  source.onmessage = (event) => {
    const { network, html } = JSON.parse(event.data);
    const column = document.querySelector(`[data-network="${network}"] [data-posts]`);
    if (column) fill(column, html);
  };
}

function about(form, what, post, words, text) {
  form.elements.do.value = what;
  form.elements.post.value = post;
  form.querySelector(".about").hidden = !words;
  form.querySelector(".about span").textContent = words;
  form.querySelector(".row button").textContent = { post: "Post", reply: "Reply", edit: "Save" }[what];
  if (text !== null) form.elements.text.value = text;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-do]");
  if (!link) return;
  const column = link.closest("[data-network]"), form = column.querySelector(":scope > form");
  const post = link.closest("[data-id]")?.dataset.id ?? "";
  event.preventDefault();
  if (link.dataset.do === "reply") about(form, "reply", post, `Replying to ${link.dataset.name}`, null);
  if (link.dataset.do === "edit") about(form, "edit", post, "Editing this post", link.dataset.text);
  if (link.dataset.do === "cancel") about(form, "post", "", "", "");
  form.elements.text.focus();
});

document.addEventListener("submit", async (event) => {
  const form = event.target, data = new FormData(form, event.submitter);
  event.preventDefault();
  const answer = await fetch(form.action, { method: "POST", body: data });
  const trouble = new URL(answer.url).searchParams.get("trouble") ?? (answer.ok ? "" : await answer.text());
  document.querySelector("body > .trouble")?.remove();
  if (trouble) {
    const note = Object.assign(document.createElement("p"), { className: "trouble wrap", textContent: trouble });
    note.setAttribute("role", "alert");
    document.getElementById("columns").before(note);
    return;
  }
  if (form.elements.text) {
    const author = form.elements.author.value;
    form.reset();
    form.elements.author.value = author;
    about(form, "post", "", "", "");
    said.textContent = "Posted.";
  } else {
    said.textContent = "Deleted.";
  }
});

listen();
