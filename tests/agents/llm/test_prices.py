"""The price table: the package's, the user's own before it, and what follows for a call."""

from __future__ import annotations

from pathlib import Path

import pytest

from illuminas.agents.llm.base import Usage
from illuminas.agents.llm.prices import Price, PriceTable
from illuminas.tools.errors import IlluminasError


def own(home: Path, text: str) -> PriceTable:
    home.mkdir(exist_ok=True)
    (home / "prices.toml").write_text(text)
    return PriceTable.read()


def test_models_of_ones_own_are_free_and_unknown_ones_unknown(home: Path) -> None:
    table = PriceTable.read()
    for name in ("local:qwen2.5-coder-0.5b", "gguf:mine.gguf", "scripted:s.jsonl", "ollama:qwen3@127.0.0.1:11434"):
        price = table.find(name)
        assert price is not None
        assert price.of(Usage(10**6, 10**6)) == 0
    assert table.find("openai:gpt-nobody-knows") is None
    assert table.find("openai:gpt-4o@gateway.example") is None, "a gateway's price is its own"


def test_every_shipped_price_of_a_hosted_model_says_when_and_where_it_stood(home: Path) -> None:
    hosted = [line for line in PriceTable.read().lines if "*" not in line.pattern]
    assert hosted
    for line in hosted:
        assert line.price.as_of is not None and line.price.source.startswith("https://"), line.pattern


def test_the_users_prices_go_first_and_an_exact_name_before_a_pattern(home: Path) -> None:
    table = own(home, '["openai:*"]\ninput = 1\noutput = 2\n["openai:gpt-4o"]\ninput = 3\noutput = 4\n')
    for name, dollars in (("openai:gpt-4o", 3), ("openai:gpt-4.1", 1), ("openai:new@gateway.example", 1)):
        price = table.find(name)
        assert price is not None
        assert price.input == dollars, name


def test_a_call_costs_what_its_tokens_do_and_never_more_than_at_most() -> None:
    price = Price(input=2.0, output=8.0, cache_read=0.5, cache_write=2.5)
    usage = Usage(1000, 500, cache_read=400, cache_write=100)
    assert price.of(usage) == pytest.approx((500 * 2.0 + 400 * 0.5 + 100 * 2.5 + 500 * 8.0) / 1e6)
    assert price.at_most(Usage(1000, 500)) == pytest.approx((1000 * 2.5 + 500 * 8.0) / 1e6)
    assert price.at_most(usage) >= price.of(usage)


@pytest.mark.parametrize("text", ["[openai", '["openai:m"]\ninput = 1\n', '["openai:m"]\ninput = -1\noutput = 1\n'])
def test_a_file_of_another_form_is_named_with_what_was_expected(home: Path, text: str) -> None:
    with pytest.raises(IlluminasError, match=r"prices\.toml: expected \[\"openai:MODEL\"\] with input"):
        own(home, text)
