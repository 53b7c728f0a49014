"""The glossary holds every term once, with a meaning and a Korean word."""

import unicodedata

import pytest

from course.errors import UsageError
from course.language import glossary


def test_every_term_has_a_meaning_and_a_korean_word():
    table = glossary.terms()
    assert len(table) >= 85
    assert table["term"].str.casefold().is_unique
    assert (table["meaning"].str.len() > 5).all()
    for word in table["korean"]:
        assert unicodedata.is_normalized("NFC", word)
        assert any("\uac00" <= letter <= "\ud7a3" for letter in word)


def test_a_meaning_does_not_repeat_its_term():
    table = glossary.terms()
    for term, meaning in zip(table["term"], table["meaning"], strict=True):
        assert not meaning.casefold().startswith(term.casefold())


def test_terms_come_in_the_asked_order_whatever_the_capitals():
    assert glossary.terms("Transfer", "CAP")["term"].tolist() == ["transfer", "cap"]


def test_an_unknown_term_is_a_sentence():
    with pytest.raises(UsageError, match="no entry for 'fare dodge'"):
        glossary.terms("fare dodge")
