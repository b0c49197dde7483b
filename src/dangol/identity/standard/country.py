"""Which country a written one means, and its calling code: USA, United States and 미국 are one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from dangol.identity.standard.distinct import has, on_distinct, translated

# ISO 3166 code, ITU-T E.164 calling code, other spellings.
COUNTRIES = """
kr 82 kor korea southkorea republicofkorea koreasouth korearepublicof 대한민국 한국 남한
us 1 usa unitedstates unitedstatesofamerica america 미국
ca 1 can canada 캐나다
gb 44 uk gbr unitedkingdom greatbritain britain england scotland wales northernireland 영국
ie 353 irl ireland 아일랜드
au 61 aus australia 호주
nz 64 nzl newzealand 뉴질랜드
jp 81 jpn japan 일본
cn 86 chn china 중국
tw 886 twn taiwan 대만
hk 852 hkg hongkong 홍콩
sg 65 sgp singapore 싱가포르
vn 84 vnm vietnam 베트남
th 66 tha thailand 태국
id 62 idn indonesia 인도네시아
my 60 mys malaysia 말레이시아
ph 63 phl philippines 필리핀
in 91 ind india 인도
de 49 deu germany deutschland 독일
fr 33 fra france 프랑스
es 34 esp spain españa 스페인
it 39 ita italy italia 이탈리아
nl 31 nld netherlands holland 네덜란드
be 32 bel belgium 벨기에
ch 41 che switzerland 스위스
at 43 aut austria 오스트리아
se 46 swe sweden 스웨덴
no 47 nor norway 노르웨이
dk 45 dnk denmark 덴마크
fi 358 fin finland 핀란드
pl 48 pol poland 폴란드
pt 351 prt portugal 포르투갈
gr 30 grc greece 그리스
cz 420 cze czechia czechrepublic 체코
hu 36 hun hungary 헝가리
ru 7 rus russia 러시아
tr 90 tur turkey turkiye 튀르키예 터키
ae 971 are uae unitedarabemirates 아랍에미리트
sa 966 sau saudiarabia 사우디아라비아
il 972 isr israel 이스라엘
eg 20 egy egypt 이집트
za 27 zaf southafrica 남아프리카공화국
br 55 bra brazil brasil 브라질
mx 52 mex mexico 멕시코
ar 54 arg argentina 아르헨티나
cl 56 chl chile 칠레
co 57 col colombia 콜롬비아
"""
LINES = [line.split() for line in COUNTRIES.strip().splitlines()]
CODES = {spelling: line[0] for line in LINES for spelling in (line[0], *line[2:])}
CALLING = {line[0]: line[1] for line in LINES}


def countries(written: pa.Array) -> pa.Array:
    """ISO codes of written countries in small letters; missing for unknown ones."""
    return on_distinct(written, lambda each: {"code": translated(folded(each), CODES)})["code"]


def folded(written: pa.Array) -> pa.Array:
    """Letters alone, small."""
    return pc.replace_substring_regex(pc.utf8_lower(pc.utf8_normalize(written, form="NFKC")), r"[^\p{L}]", "")


def calling_codes(codes: pa.Array) -> pa.Array:
    """The digits to dial before numbers of each country."""
    return translated(codes, CALLING)


HANGUL = "[가-힣]"
MOBILE = r"^\s*(?:\+?82[\s-]*)?0?1[016789][\s.-]*\d{3,4}[\s.-]*\d{4}\s*$"


def are_korean(text: Mapping[str, pa.Array], country: pa.Array, *, hangul: Sequence[str]) -> pa.Array:
    """Whether Korean conventions hold for each record.

    Its country says so, else Hangul or a Korean mobile number; a record with neither is taken for one of the company's usual
    customers.

    Args:
        text: columns of text by name, `phone` among them.
        country: ISO codes, missing where unknown.
        hangul: the columns in which Hangul tells.
    """
    shown = has(text["phone"], MOBILE)
    for name in hangul:
        shown = pc.or_(shown, has(text[name], HANGUL))
    usual = bool(len(shown)) and pc.mean(shown.cast(pa.int8())).as_py() > 0.5
    return pc.coalesce(pc.equal(country, "kr"), pc.or_(shown, pa.scalar(usual)))
