"""Cities with their clocks and holidays, and what clinics and streets are called there."""

from __future__ import annotations

from random import Random
from typing import NamedTuple


class City(NamedTuple):
    name: str
    country: str
    zone: str
    calendar: str  # of public holidays, as in ISO 3166
    region: str  # of names
    weight: float


# In order: a small clinic has the first few.
CITIES = [
    City("Hyderabad", "India", "Asia/Kolkata", "IN-TS", "south india", 10),
    City("London", "United Kingdom", "Europe/London", "GB-ENG", "britain", 8),
    City("New York", "United States", "America/New_York", "US-NY", "north america", 8),
    City("Adelaide", "Australia", "Australia/Adelaide", "AU-SA", "australia", 4),
    City("Kathmandu", "Nepal", "Asia/Kathmandu", "NP", "nepal", 5),
    City("São Paulo", "Brazil", "America/Sao_Paulo", "BR-SP", "brazil", 7),
    City("Bengaluru", "India", "Asia/Kolkata", "IN-KA", "south india", 9),
    City("Berlin", "Germany", "Europe/Berlin", "DE-BE", "germany", 5),
    City("Nairobi", "Kenya", "Africa/Nairobi", "KE", "africa", 4),
    City("Dubai", "United Arab Emirates", "Asia/Dubai", "AE", "arabia", 4),
    City(
        "Los Angeles",
        "United States",
        "America/Los_Angeles",
        "US-CA",
        "north america",
        6,
    ),
    City("Mumbai", "India", "Asia/Kolkata", "IN-MH", "north india", 9),
    City("Sydney", "Australia", "Australia/Sydney", "AU-NSW", "australia", 5),
    City("Singapore", "Singapore", "Asia/Singapore", "SG", "east asia", 4),
    City("Chicago", "United States", "America/Chicago", "US-IL", "north america", 5),
    City("Manchester", "United Kingdom", "Europe/London", "GB-ENG", "britain", 4),
    City("Delhi", "India", "Asia/Kolkata", "IN-DL", "north india", 9),
    City("Lagos", "Nigeria", "Africa/Lagos", "NG", "africa", 4),
    City("Chennai", "India", "Asia/Kolkata", "IN-TN", "south india", 6),
    City("Rio de Janeiro", "Brazil", "America/Sao_Paulo", "BR-RJ", "brazil", 4),
    City("Edinburgh", "United Kingdom", "Europe/London", "GB-SCT", "britain", 2),
    City("Tokyo", "Japan", "Asia/Tokyo", "JP", "east asia", 4),
    City("Vijayawada", "India", "Asia/Kolkata", "IN-AP", "south india", 3),
    City("Denver", "United States", "America/Denver", "US-CO", "north america", 2),
    City("Cape Town", "South Africa", "Africa/Johannesburg", "ZA", "africa", 2),
    City("Pokhara", "Nepal", "Asia/Kathmandu", "NP", "nepal", 2),
    City("Hamburg", "Germany", "Europe/Berlin", "DE-HH", "germany", 2),
    City("Toronto", "Canada", "America/Toronto", "CA-ON", "north america", 3),
    City("Kolkata", "India", "Asia/Kolkata", "IN-WB", "north india", 5),
    City("Manaus", "Brazil", "America/Manaus", "BR-AM", "brazil", 1),
    City("Melbourne", "Australia", "Australia/Melbourne", "AU-VIC", "australia", 3),
    City("Cardiff", "United Kingdom", "Europe/London", "GB-WLS", "britain", 1),
    City("Pune", "India", "Asia/Kolkata", "IN-MH", "north india", 3),
    City("Houston", "United States", "America/Chicago", "US-TX", "north america", 3),
    City("Brisbane", "Australia", "Australia/Brisbane", "AU-QLD", "australia", 2),
    City("Guntur", "India", "Asia/Kolkata", "IN-AP", "south india", 2),
    City("Birmingham", "United Kingdom", "Europe/London", "GB-ENG", "britain", 3),
    City("Ahmedabad", "India", "Asia/Kolkata", "IN-GJ", "north india", 3),
    City("Phoenix", "United States", "America/Phoenix", "US-AZ", "north america", 2),
    City("Visakhapatnam", "India", "Asia/Kolkata", "IN-AP", "south india", 2),
]


def _words(text: str) -> list[str]:
    return text.split(", ")


SAINTS = _words("St Anne's, St George's, St Luke's, St Mary's, Sacred Heart, Good Hope")
OUTLOOKS = _words(
    "Riverside, Parkside, Lakeside, Hillcrest, Northgate, Southbank, Westfield, Eastbrook, Old "
    "Town, City Centre, Station Road, Market Square, Garden View, Sunrise, Lotus, Banyan, "
    "Willow, Cedar, Oak Tree, Silver Birch, Harbour, Bridge Street, University, Green Lane, "
    "Unity, Lifeline, Wellspring"
)
HOUSES = _words(
    "Clinic, Medical Centre, Health Centre, Polyclinic, Surgery, Family Practice, Specialist "
    "Centre, Day Hospital"
)
STREETS = _words(
    "Station Road, High Street, Park Avenue, Temple Road, Main Street, Church Lane, Lake Road, "
    "Garden Street, Mill Lane, College Road, Market Street, Ring Road, Hill Street, River Walk, "
    "Gandhi Road, Queen Street, King Street, Victoria Road, Palm Avenue, Cedar Drive"
)


def clinic_name(chance: Random) -> str:
    return f"{chance.choice(OUTLOOKS + SAINTS)} {chance.choice(HOUSES)}"


def street(chance: Random) -> str:
    return f"{chance.randint(1, 240)} {chance.choice(STREETS)}"


AREA_CODES = ("212", "312", "310", "303", "602", "713")


def phone(chance: Random, country: str) -> str:
    """A number set aside for fiction, where the country has such; else none: it could be real."""
    if country == "United Kingdom":
        return f"+442079460{chance.randrange(1000):03}"
    if country == "United States":
        return f"+1{chance.choice(AREA_CODES)}55501{chance.randrange(100):02}"
    if country == "Australia":
        return f"+6125550{chance.randrange(10000):04}"
    return ""
