"""What a request may ask to be told: fields and expansions.

Names: docs.x.com/x-api/fundamentals/{fields,expansions} and the parameters of the endpoints' pages. The
newest OpenAPI (2.168) has other names for some: who asks by those is answered in those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.twitter.sandbox.problems import invalid


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


TWEET_FIELDS = _words(
    "article attachments author_id card_uri community_id context_annotations conversation_id created_at "
    "display_text_range edit_controls edit_history_tweet_ids entities geo id in_reply_to_user_id lang media_metadata "
    "non_public_metrics note_tweet organic_metrics possibly_sensitive promoted_metrics public_metrics "
    "referenced_tweets reply_settings scopes source suggested_source_links text withheld"
)
USER_FIELDS = _words(
    "affiliation confirmed_email connection_status created_at description entities id is_identity_verified location "
    "most_recent_tweet_id name parody pinned_tweet_id profile_banner_url profile_image_url protected public_metrics "
    "receives_your_dm subscription subscription_type url username verified verified_followers_count verified_type "
    "withheld"
)
MEDIA_FIELDS = _words(
    "alt_text duration_ms height media_key non_public_metrics organic_metrics preview_image_url promoted_metrics "
    "public_metrics type url variants width"
)
POLL_FIELDS = _words("duration_minutes end_datetime id options voting_status")
PLACE_FIELDS = _words("contained_within country country_code full_name geo id name place_type")
EXPANSIONS = _words(
    "article.cover_media article.media_entities attachments.media_keys attachments.media_source_tweet "
    "attachments.poll_ids author_id edit_history_tweet_ids entities.mentions.username geo.place_id "
    "in_reply_to_user_id entities.note.mentions.username referenced_tweets.id "
    "referenced_tweets.id.attachments.media_keys referenced_tweets.id.author_id"
)
POST_FIELDS = _words(
    "article article_title attachments card_uri community_id context_annotations conversation_id created_at "
    "display_text_range edit_controls entities geo id lang matched_media_notes media_metadata non_public_metrics "
    "note_post note_request_suggestions organic_metrics paid_partnership possibly_sensitive promoted_metrics "
    "public_metrics reply_settings scopes source suggested_source_links suggested_source_links_with_counts text "
    "withheld"
)
POST_EXPANSIONS = {"edit_history_post_ids": "edit_history_tweet_ids", "referenced_posts": "referenced_tweets.id"}
NEWER = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "note_tweet": "note_post",
    "referenced_tweets": "referenced_posts",
}
PARAMETERS = _words("tweet.fields post.fields user.fields media.fields poll.fields place.fields expansions")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asked to be told, by the older names. ``newer``: tell it by the newer ones."""

    tweet: frozenset[str] = frozenset()
    user: frozenset[str] = frozenset()
    media: frozenset[str] = frozenset()
    poll: frozenset[str] = frozenset()
    expansions: frozenset[str] = frozenset()
    newer: bool = False


def wanted_from(query: Mapping[str, str], expansions: frozenset[str] = EXPANSIONS) -> Wanted:
    """Raises ``Problem`` (400) for what there is not."""

    def listed(name: str, known: frozenset[str]) -> frozenset[str]:
        given = [one for one in query.get(name, "").split(",") if one]
        for one in given:
            if one not in known:
                raise invalid(
                    f"The `{name}` query parameter value [{one}] is not one of [{','.join(sorted(known))}]",
                    **{name: one},
                )
        return frozenset(given)

    listed("place.fields", PLACE_FIELDS)
    older = {new: old for old, new in NEWER.items()}
    post = frozenset(older.get(one, one) for one in listed("post.fields", POST_FIELDS))
    given = listed("expansions", expansions | POST_EXPANSIONS.keys() if expansions is EXPANSIONS else expansions)
    return Wanted(
        tweet=listed("tweet.fields", TWEET_FIELDS) | post,
        user=listed("user.fields", USER_FIELDS),
        media=listed("media.fields", MEDIA_FIELDS),
        poll=listed("poll.fields", POLL_FIELDS),
        expansions=frozenset(POST_EXPANSIONS.get(one, one) for one in given),
        newer="post.fields" in query or not given.isdisjoint(POST_EXPANSIONS),
    )
