"""Korean provinces and cities by one name each: 서울특별시, 서울시 and 서울; 강원도 and 강원특별자치도.

Names of the local autonomy system as of 2026, with the former names that old addresses carry.
"""

from __future__ import annotations

PROVINCES = {
    "서울": "서울특별시 서울시", "부산": "부산광역시 부산시 부산직할시", "대구": "대구광역시 대구시 대구직할시",
    "인천": "인천광역시 인천시 인천직할시", "광주": "광주광역시 광주직할시", "대전": "대전광역시 대전시 대전직할시",
    "울산": "울산광역시 울산시", "세종": "세종특별자치시 세종시", "경기": "경기도", "강원": "강원도 강원특별자치도",
    "충북": "충청북도", "충남": "충청남도", "전북": "전라북도 전북특별자치도", "전남": "전라남도", "경북": "경상북도",
    "경남": "경상남도", "제주": "제주도 제주특별자치도",
}  # fmt: skip
CITIES = {
    "서울": "강남구 강동구 강북구 강서구 관악구 광진구 구로구 금천구 노원구 도봉구 동대문구 동작구 마포구 "
    "서대문구 서초구 성동구 성북구 송파구 양천구 영등포구 용산구 은평구 종로구 중구 중랑구",
    "부산": "강서구 금정구 기장군 남구 동구 동래구 부산진구 북구 사상구 사하구 서구 수영구 연제구 영도구 중구 해운대구",
    "대구": "남구 달서구 달성군 동구 북구 서구 수성구 중구 군위군",
    "인천": "강화군 계양구 남동구 동구 미추홀구 부평구 서구 연수구 옹진군 중구 제물포구 영종구 검단구",
    "광주": "광산구 남구 동구 북구 서구",
    "대전": "대덕구 동구 서구 유성구 중구",
    "울산": "남구 동구 북구 중구 울주군",
    "경기": "가평군 고양시 과천시 광명시 광주시 구리시 군포시 김포시 남양주시 동두천시 부천시 성남시 수원시 "
    "시흥시 안산시 안성시 안양시 양주시 양평군 여주시 연천군 오산시 용인시 의왕시 의정부시 이천시 "
    "파주시 평택시 포천시 하남시 화성시",
    "강원": "강릉시 고성군 동해시 삼척시 속초시 양구군 양양군 영월군 원주시 인제군 정선군 철원군 춘천시 태백시 "
    "평창군 홍천군 화천군 횡성군",
    "충북": "괴산군 단양군 보은군 영동군 옥천군 음성군 제천시 증평군 진천군 청주시 충주시",
    "충남": "계룡시 공주시 금산군 논산시 당진시 보령시 부여군 서산시 서천군 아산시 예산군 천안시 청양군 태안군 홍성군",
    "전북": "고창군 군산시 김제시 남원시 무주군 부안군 순창군 완주군 익산시 임실군 장수군 전주시 정읍시 진안군",
    "전남": "강진군 고흥군 곡성군 광양시 구례군 나주시 담양군 목포시 무안군 보성군 순천시 신안군 여수시 영광군 "
    "영암군 완도군 장성군 장흥군 진도군 함평군 해남군 화순군",
    "경북": "경산시 경주시 고령군 구미시 김천시 문경시 봉화군 상주시 성주군 안동시 영덕군 영양군 영주시 영천시 "
    "예천군 울릉군 울진군 의성군 청도군 청송군 칠곡군 포항시",
    "경남": "거제시 거창군 고성군 김해시 남해군 밀양시 사천시 산청군 양산시 의령군 진주시 창녕군 창원시 통영시 "
    "하동군 함안군 함양군 합천군",
    "제주": "서귀포시 제주시",
}
# Districts of a city, which many leave out: the city is what addresses agree about.
DISTRICTS = {
    "경기 수원시": "장안구 권선구 팔달구 영통구", "경기 성남시": "수정구 중원구 분당구", "경기 안양시": "만안구 동안구",
    "경기 안산시": "상록구 단원구", "경기 고양시": "덕양구 일산동구 일산서구", "경기 용인시": "처인구 기흥구 수지구",
    "경기 부천시": "원미구 소사구 오정구", "경기 화성시": "만세구 효행구 병점구 동탄구",
    "충북 청주시": "상당구 서원구 흥덕구 청원구",
    "충남 천안시": "동남구 서북구", "전북 전주시": "완산구 덕진구", "경남 창원시": "의창구 성산구 마산합포구 마산회원구 진해구",
}  # fmt: skip
FORMER = {"인천 남구": "인천 미추홀구", "경북 군위군": "대구 군위군", "충북 청원군": "충북 청주시", "경남 마산시": "경남 창원시",
          "경남 진해시": "경남 창원시", "경기 여주군": "경기 여주시", "충남 당진군": "충남 당진시",
          "제주 남제주군": "제주 서귀포시",
          "제주 북제주군": "제주 제주시", "충남 연기군": "세종"}  # fmt: skip

PROVINCE_OF = {name: short for short, names in PROVINCES.items() for name in (short, *names.split())}
PLACES = [(province, city) for province, cities in CITIES.items() for city in cities.split()]
PROVINCES_OF_CITY: dict[str, list[str]] = {}
for place_province, place_city in PLACES:
    PROVINCES_OF_CITY.setdefault(place_city, []).append(place_province)
CITY_OF_DISTRICT = {district: city for city, districts in DISTRICTS.items() for district in districts.split()}


def area_of(province: str, city: str) -> str | None:
    """One name for where an address lies, such as `경기 수원시`, from a written province and what follows it.

    Args:
        province: as written, such as 경기도; empty where the address has none.
        city: city, county or district as written; empty where the address has none.

    Returns:
        Province and city; only one of them where the other cannot be told; None where neither is known.
    """
    short = PROVINCE_OF.get(province, "")
    if city in CITY_OF_DISTRICT:
        return CITY_OF_DISTRICT[city]
    known = PROVINCES_OF_CITY.get(city, [])
    if not short and len(known) == 1:
        short = known[0]
    whole = f"{short} {city}".strip()
    return FORMER.get(whole, whole) or None
