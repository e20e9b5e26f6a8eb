"""Options of both sides joined as the sync joins them, the difference told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors.presenting.options import Comparison, Option, State, compare_options
from integrations.engine.values import Pair as EnginePair
from integrations.schemas import FieldSchema, PropertySchema


def told(found: Comparison) -> list[tuple[str, str, str]]:
    return [
        (
            pair.state.value,
            pair.hubspot.value if pair.hubspot else "",
            pair.salesforce.value if pair.salesforce else "",
        )
        for pair in (*found.differences, *found.same)
    ]


@pytest.mark.parametrize(
    ("hubspot", "salesforce", "expected"),
    [
        pytest.param([], [], [], id="nothing on either side"),
        pytest.param(
            [Option("a"), Option("b")], [Option("a")],
            [("only_hubspot", "b", ""), ("same", "a", "a")], id="missing in Salesforce",
        ),
        pytest.param(
            [Option("a")], [Option("a"), Option("b")],
            [("only_salesforce", "", "b"), ("same", "a", "a")], id="missing in HubSpot",
        ),
        pytest.param(
            [Option("decision_maker", "Decision Maker")], [Option("Decision Maker")],
            [("same", "decision_maker", "Decision Maker")], id="HubSpot's label is Salesforce's value",
        ),
        pytest.param(
            [Option("HOT", "Very warm")], [Option("Hot")], [("same", "HOT", "Hot")],
            id="internal value in other letters",
        ),
        pytest.param(
            [Option("b", "A"), Option("a", "B")], [Option("a"), Option("b")],
            [("same", "b", "b"), ("same", "a", "a")], id="the internal value goes before the label",
        ),
        pytest.param(
            [Option("a")], [Option("a", active=False)], [("inactive", "a", "a")], id="inactive in Salesforce",
        ),
        pytest.param(
            [Option("a", active=False)], [Option("a")], [("same", "a", "a")], id="hidden in HubSpot still syncs",
        ),
        pytest.param(
            [Option("x", "A"), Option("y", "a")], [Option("A")],
            [("same", "x", "A"), ("same", "y", "A")], id="two options become one value",
        ),
    ],
)  # fmt: skip
def test_options_are_joined(
    hubspot: list[Option], salesforce: list[Option], expected: list[tuple[str, str, str]]
) -> None:
    assert told(compare_options(hubspot, salesforce)) == expected


@pytest.mark.parametrize("value", ["champion", "Champion", "CHAMPION"])
def test_the_refused_value_comes_first_in_the_words_of_either_side(value: str) -> None:
    hubspot = [Option("sponsor", "Sponsor"), Option("champion", "Champion")]

    found = compare_options(hubspot, [Option("User")], offending=value)

    assert [pair.offending for pair in found.differences] == [True, False, False]
    assert found.differences[0].hubspot == Option("champion", "Champion")
    assert found.unknown_value == ""


def test_a_value_that_neither_side_has_is_told() -> None:
    found = compare_options([Option("a")], [Option("a")], offending="free text")

    assert (found.differences, found.unknown_value) == ((), "free text")


names = st.text(alphabet="aAbBcC", min_size=1, max_size=2)
options = st.lists(
    st.builds(Option, value=names, label=names, active=st.booleans()),
    max_size=8,
    unique_by=lambda one: one.value,
)


@given(hubspot=options, salesforce=options, offending=st.one_of(st.just(""), names))
def test_no_option_is_lost_and_none_invented(
    hubspot: list[Option], salesforce: list[Option], offending: str
) -> None:
    found = compare_options(hubspot, salesforce, offending=offending)
    pairs = [*found.differences, *found.same]

    in_pairs = [pair.hubspot for pair in pairs if pair.hubspot]
    assert sorted(one.value for one in in_pairs) == sorted(one.value for one in hubspot)
    assert {pair.salesforce.value for pair in pairs if pair.salesforce} == {
        one.value for one in salesforce
    }
    assert all(pair.state is State.SAME for pair in found.same)
    assert all(pair.state is not State.SAME for pair in found.differences)
    assert bool(offending) == (
        any(pair.offending for pair in pairs) or found.unknown_value == offending != ""
    )


@given(hubspot=options, salesforce=options)
def test_it_joins_what_the_sync_would_write(
    hubspot: list[Option], salesforce: list[Option]
) -> None:
    active = tuple(one.value for one in salesforce if one.active)
    engine = EnginePair(
        prop=PropertySchema(
            "p", "P", "enumeration", "select", tuple(one.value for one in hubspot), False, False,
            labels={one.value: one.label for one in hubspot},
        ),
        field=FieldSchema(
            "F", "F", "picklist", 255, 0, 0, True, True, True, True, False, True, active, (), False, False
        ),
        rule="two_way",
    )  # fmt: skip

    found = compare_options(hubspot, [one for one in salesforce if one.active])

    for pair in found.same:
        assert pair.hubspot
        assert pair.salesforce
        written = engine.from_hubspot(pair.hubspot.value)
        assert written.casefold() == pair.salesforce.value.casefold()
    for pair in found.differences:
        if pair.hubspot:
            assert engine.from_hubspot(pair.hubspot.value) not in active
