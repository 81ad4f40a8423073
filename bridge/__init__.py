"""The platform-neutral core of the EdLdrs bridge. No platform's name appears below this folder."""
