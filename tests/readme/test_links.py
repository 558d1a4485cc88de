"""Where README.md's links lead."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.readme.blocks import ROOT, anchors, links


@pytest.mark.parametrize("link", sorted(set(links())))
def test_a_link_leads_somewhere(link: str):
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        assert parts.scheme == "https", link
        assert "." in (parts.hostname or ""), link
        return
    if parts.path:
        target = (ROOT / parts.path).resolve()
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
    if parts.fragment:
        assert not parts.path, "an anchor in another file"
        assert parts.fragment in anchors(), link


def test_there_are_links():
    assert len(links()) > 5
