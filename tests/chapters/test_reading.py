"""What of a chapter is prose, and what is a formula."""

from scratchnet.chapters.reading import formulas, minutes, sentences, words

CHAPTER = """# 1. A neuron

It costs $5, e.g. here, and $`y_{a} = x_{b}`$ is `relu(x)`. "Is it?" Yes: a
loss of <!-- value: m.json loss -->0.5<!-- /value -->!

| no | prose |
|---|---|
| a | b |

```math
x_1
```

- one item

<details><summary>Answer</summary>

It is.

</details>

---
[Next](02.md)
"""


def test_prose_is_what_is_read_aloud():
    assert sentences(CHAPTER) == [
        "It costs $5, e.g. here, and  is relu(x).",
        '"Is it?',
        "Yes: a loss of 0.5!",
        "one item",
        "It is.",
    ]


def test_formulas_are_displayed_or_inline():
    assert formulas(CHAPTER) == ["x_1\n", "y_{a} = x_{b}"]


def test_two_hundred_words_take_a_minute():
    assert words("a · b — c") == 3
    assert [minutes("word " * count) for count in (1, 200, 201)] == [1, 1, 2]
