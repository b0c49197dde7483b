"""Korean surnames: which there are, which are two syllables, and how they are spelt in Latin letters.

Names after Statistics Korea's census of 2015 (surnames of at least a thousand bearers, and the compound ones).
"""

from __future__ import annotations

from dangol.identity.standard.roman import folded
from dangol.identity.standard.splitting import split_up

# The thirty most frequent ones carry nine of ten people.
FREQUENT = frozenset("김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심")
SINGLE = FREQUENT | frozenset(
    "노하곽성차주우구민진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용예경봉사부가복태목형계피두감음빈동온호"
    "범좌팽승간상시갈단견당화창"
) | frozenset("류림라로리량렴련려륙나")  # fmt: skip
COMPOUND = frozenset({"남궁", "황보", "제갈", "사공", "선우", "서문", "독고", "동방", "망절", "어금", "장곡", "강전", "소봉"})
# Of three syllables the first two are the surname where one syllable of given name after a single surname is unheard of.
COMPOUND_OF_THREE = frozenset({"남궁", "제갈", "사공", "독고", "동방"})
# The law of initial sounds: one family writes 류 and 유, or 라 and 나, on different forms.
INITIAL_SOUND = {
    "류": "유", "림": "임", "라": "나", "로": "노", "리": "이", "량": "양", "렴": "염", "련": "연", "려": "여", "륙": "육",
}  # fmt: skip
# Spellings that folding does not bring together.
SPELLINGS = {
    "이": "lee yi yee rhee rhie ree li ri ley reu lea leigh",
    "박": "park parke bark",
    "최": "choy chey choei",
    "유": "ryu ryoo lyu rhyu yoo you liu",
    "임": "lim rim yim leem rhim",
    "나": "ra rah la",
    "노": "ro roh rho",
    "양": "ryang lyang",
    "여": "ryeo lyeo",
    "염": "ryeom lyum",
    "허": "hur her hoe",
    "지": "gee",
    "정": "joung cheung jeoung",
    "조": "joe",
    "오": "ohh",
    "우": "wooh wu",
    "남궁": "namkung namgoong",
    "황보": "hwangbo",
    "제갈": "jaegal chegal",
}
WRITTEN = {spelling: folded(name) for name, spellings in SPELLINGS.items() for spelling in spellings.split()}
KOREAN = frozenset(folded(INITIAL_SOUND.get(name, name)) for name in SINGLE | COMPOUND)


def family_length(hangul: str) -> int:
    """How many syllables of a whole Korean name are the surname; 0 where no surname is known."""
    first_two = hangul[:2]
    if first_two in COMPOUND and (len(hangul) >= 4 or (len(hangul) == 3 and first_two in COMPOUND_OF_THREE)):
        return 2
    return 1 if len(hangul) >= 2 and hangul[0] in SINGLE else 0


def one_family(hangul: str) -> str:
    """A surname as the law of initial sounds writes it: 류 is 유."""
    return INITIAL_SOUND.get(hangul, hangul)


def spelt(latin: str) -> str:
    """The comparable spelling of a surname in Latin letters: Lee, Yi and Rhee are one."""
    return WRITTEN.get(latin) or folded(latin)


# Frequent surnames as their bearers spell them; the first line is hardly ever a syllable of a given name.
SURE = split_up("kim gim lee yi rhee park pak bak choi choe kang hwang kwon jang lim bae baek paik cho ahn")
OFTEN = split_up("""
    jung jeong chung cheong jo gang yoon yun youn chang im rim han oh seo suh shin sin gwon an song jeon hong yoo yu you ryu ko
    go koh moon mun yang son sohn pae hur heo huh nam shim sim
""")
USUAL = dict.fromkeys(SURE, 3) | dict.fromkeys(OFTEN, 2)


def likelihood(latin: str) -> int:
    """How likely a word in Latin letters is a Korean surname: 3 surely, 2 often, 1 rarely, 0 not."""
    return USUAL.get(latin) or int(spelt(latin) in KOREAN)
