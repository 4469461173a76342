"""Sentences of our own for what labelled sets lack: hard negatives, threats and adult adverts."""

import itertools

import polars as pl

from core.domain.label import SCORED_LABELS, Label

_GROUPS = (
    "women", "immigrants", "muslims", "jews", "christians", "gay people", "trans people",
    "black people", "asian people", "disabled people", "refugees", "old people", "teachers",
)  # fmt: skip
_NEUTRAL = (
    "{0} are welcome here.",
    "I am proud to work with {0}.",
    "My neighbours are {0} and they are lovely.",
    "The report looks at how {0} find housing.",
    "Many {0} came to the meeting yesterday.",
    "{0} deserve the same rights as everybody.",
    "We need more stories about {0} in the paper.",
    "Happy to see {0} on the council.",
)
_COUNTER = (
    "Saying that {0} are vermin is disgusting, stop it.",
    'Calling people "idiots" because they are {0} is not okay.',
    "I reported the post that said {0} should go home.",
    "Nobody should be told to hate {0}.",
    "It is wrong to say {0} do not belong here.",
)
_HATE = (
    "{0} are vermin and should be thrown out.",
    "I hate {0}, they ruin everything.",
    "All {0} are criminals and liars.",
    "{0} are subhuman trash.",
    "Get all {0} out of our country.",
    "{0} do not deserve rights.",
)
_TARGETS = ("you", "him", "her", "that guy", "your family", "all of them", "the driver")
_THREATS = (
    "I am going to kill {0}.",
    "I will find {0} and break every bone.",
    "Somebody should shoot {0}.",
    "I will burn {0} alive, wait for it.",
    "{0} will bleed for this, I know where to look.",
    "I hope somebody stabs {0}.",
)
_NO_THREATS = (
    "This heat is killing me.",
    "We killed it on stage last night.",
    "That joke slayed me.",
    "The team got destroyed in the second half.",
    "I could murder a sandwich right now.",
    "He shot the photo from the bridge.",
    "My phone died again.",
    "She is on fire this season.",
    "The battle in chapter ten is brilliant.",
    "Cut the onions and burn nothing.",
)
_ADULT = (
    "Hot singles near you want to meet tonight, adults only.",
    "Watch my private nude show, link in bio.",
    "Uncensored xxx videos, free for 18+.",
    "Looking for discreet adult fun this weekend, hotel paid.",
    "My nudes are on my page, subscribe now.",
    "Erotic massage with happy ending, call me.",
    "Explicit sex chat, 18+ only, message me.",
    "Naked pics for premium members only.",
)
_NO_ADULT = (
    "Sex education should start earlier in schools.",
    "The museum shows classical nude sculptures.",
    "I was naked in the shower when the alarm went off.",
    "Adults pay ten, children five.",
    "The massage for my back really helped.",
    "Breast cancer screening is free this month.",
)
_PLAIN = (
    "Looking for {0}, no stress, just fun.",
    "Anyone up for {0} tonight?",
    "We meet this weekend for {0}, write me if you want to join.",
    "Thanks for {0}, it was great fun.",
    "Does anybody know a good place for {0}?",
    "My premium account includes {0}.",
    "Call me about {0} tomorrow.",
    "New videos about {0} are on my page.",
    "The link to {0} is in the post above.",
)
_SUBJECTS = (
    "two more players", "a board game", "a bike ride", "the hotel booking", "a language exchange",
    "the raid", "coffee", "a match", "the garden project", "the concert", "a hiking trip",
)  # fmt: skip
_SPAM = (
    "Earn {0} a day from home, no experience, click now",
    "FREE {0} gift card, claim before midnight",
    "Congratulations, you won {0}! Send your details to collect",
    "Buy followers cheap, {0} only, instant delivery",
    "Double your bitcoin in 24 hours, minimum {0}, contact on telegram",
    "Best price pills online, {0}, no prescription needed",
    "Work from home and make {0} weekly, DM me for info",
    "Check out my channel and subscribe, giveaway of {0}",
)
_AMOUNTS = ("$500", "$1,000", "500 euros", "$50", "2000 USD", "£250")


def template_rows() -> pl.DataFrame:
    """Our own rows in the shape of the licensed ones; all of them train."""
    negative = {Label.TOXICITY: 0, Label.HATE_SPEECH: 0, Label.VIOLENCE: 0, Label.ADULT_CONTENT: 0}
    made: list[tuple[str, dict[Label, int]]] = []
    for template, group in itertools.product(_NEUTRAL + _COUNTER, _GROUPS):
        made.append((template.format(group), negative | {Label.SPAM: 0}))
    for template, group in itertools.product(_HATE, _GROUPS):
        made.append((template.format(group), {Label.TOXICITY: 1, Label.HATE_SPEECH: 1}))
    for template, target in itertools.product(_THREATS, _TARGETS):
        made.append((template.format(target), {Label.VIOLENCE: 1, Label.TOXICITY: 1}))
    for template, amount in itertools.product(_SPAM, _AMOUNTS):
        made.append((template.format(amount), {Label.SPAM: 1, Label.HATE_SPEECH: 0}))
    for template, subject in itertools.product(_PLAIN, _SUBJECTS):
        made.append((template.format(subject), negative | {Label.SPAM: 0}))
    made += [(text, negative) for text in _NO_THREATS + _NO_ADULT]
    made += [(text, {Label.ADULT_CONTENT: 1}) for text in _ADULT]
    return pl.DataFrame(
        [
            {
                "id": f"template-{number}",
                "text": text[0].upper() + text[1:],
                "source": "templates",
                "licence": "Apache-2.0 (ours)",
                "split": "train",
                "group": f"template-{number}",
                **{label.value: labels.get(label) for label in SCORED_LABELS},
            }
            for number, (text, labels) in enumerate(made)
        ],
        schema_overrides={label.value: pl.Int8 for label in SCORED_LABELS},
    )
