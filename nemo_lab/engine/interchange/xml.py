"""Writing and reading XML documents of other editors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, ParseError, SubElement, XMLParser

from nemo_lab.errors import EditError

# What XML 1.0 §2.2 allows; anything else makes every reader refuse the whole document.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal(text: object) -> str:
    """Return a text without the characters that XML cannot hold."""
    return _ILLEGAL.sub("", str(text))


def add(parent: Element, tag: str, text: object = None, **attributes: object) -> Element:
    """Append an element and return it; an attribute that is ``None`` is left out."""
    given = {name: legal(value) for name, value in attributes.items() if value is not None}
    made = SubElement(parent, tag, given)
    if text is not None:
        made.text = legal(text)
    return made


def tree(parent: Element, tag: str, fields: Mapping[str, object], **attributes: object) -> Element:
    """Append an element with one child of text per field."""
    made = add(parent, tag, **attributes)
    for name, value in fields.items():
        add(made, name, value)
    return made


def document(root: Element, doctype: str = "") -> str:
    """Return the document, indented."""
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return head + (f"<!DOCTYPE {doctype}>\n" if doctype else "") + body + "\n"


class _Refusing(ElementTree.TreeBuilder):
    """Takes a document type's name and nothing it may declare: entities are how XML grows without end."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """Pass over it."""


def parse(text: str) -> Element:
    """Return the root of a document.

    Raises:
        EditError: it is no XML, or it declares entities.
    """
    if "<!ENTITY" in text:
        raise EditError("the XML document declares entities", remedy="Export the timeline again.")
    try:
        # No entities are left to expand, and the parser fetches nothing.
        return ElementTree.fromstring(text.encode(), XMLParser(target=_Refusing()))  # noqa: S314
    except (ParseError, ValueError) as exc:
        raise EditError(f"this is no XML document: {exc}") from None
