"""What doctors are, what they treat, and what visits to them are called."""

from __future__ import annotations

from typing import NamedTuple


class Field(NamedTuple):
    name: str
    title: str
    slug: str
    weight: float
    cares_for: str
    reasons: tuple[str, ...]


def _field(name: str, title: str, weight: float, cares_for: str, reasons: str) -> Field:
    slug = name.lower().replace(",", "").replace(" ", "-")
    return Field(name, title, slug, weight, cares_for, tuple(reasons.split(", ")))


FIELDS = [
    _field("General practice", "General practitioner", 14, "the whole family, at any age",
           "fever, a cough, tiredness, a check-up, a repeat prescription, back pain"),
    _field("Cardiology", "Cardiologist", 6, "the heart and the blood vessels",
           "chest pain, high blood pressure, an irregular heartbeat, breathlessness on stairs"),
    _field("Dermatology", "Dermatologist", 6, "skin, hair and nails",
           "a rash, acne, eczema, a mole that changes, hair loss"),
    _field("Neurology", "Neurologist", 4, "the brain and the nerves",
           "headaches, dizziness, numbness in a hand, a seizure, trembling"),
    _field("Paediatrics", "Paediatrician", 7, "children from birth to 16",
           "a vaccination, an ear infection, a check of growth, asthma, a tummy ache"),
    _field("Gynaecology", "Gynaecologist", 5, "women's health, pregnancy and birth",
           "a pregnancy check, irregular periods, pelvic pain, contraception"),
    _field("Orthopaedics", "Orthopaedic surgeon", 5, "bones, joints and muscles",
           "knee pain, a frozen shoulder, a sprained ankle, back pain, a fracture check"),
    _field("Ophthalmology", "Ophthalmologist", 4, "the eyes and sight",
           "blurred sight, a dry eye, a cataract, an eye test, flashes of light"),
    _field("Ear, nose and throat", "ENT specialist", 4, "hearing, voice, nose and throat",
           "hearing loss, tinnitus, a sore throat, sinus pain, snoring"),
    _field("Psychiatry", "Psychiatrist", 4, "mental health",
           "low mood, anxiety, poor sleep, panic, a review of medicines"),
    _field("Psychology", "Psychologist", 3, "the mind, by talking",
           "stress at work, grief, anxiety, a difficult time at home"),
    _field("Dentistry", "Dentist", 8, "teeth and gums",
           "toothache, a check-up, bleeding gums, a lost filling, a broken tooth"),
    _field("Endocrinology", "Endocrinologist", 2, "hormones, diabetes and the thyroid",
           "diabetes, thyroid trouble, weight gain, a review of insulin"),
    _field("Gastroenterology", "Gastroenterologist", 3, "the stomach, the bowel and the liver",
           "heartburn, stomach pain, bloating, a liver check"),
    _field("Pulmonology", "Lung specialist", 2, "the lungs and breathing",
           "asthma, a cough that stays, breathlessness, sleep apnoea"),
    _field("Nephrology", "Kidney specialist", 1.5, "the kidneys",
           "a kidney check, swollen legs, kidney stones, dialysis"),
    _field("Urology", "Urologist", 2, "the bladder, the kidneys and the prostate",
           "a urine infection, kidney stones, a prostate check"),
    _field("Rheumatology", "Rheumatologist", 2, "joints and the immune system",
           "stiff hands, swollen joints, gout, lupus"),
    _field("Oncology", "Oncologist", 2, "people with cancer",
           "a treatment review, test results, a second opinion"),
    _field("Haematology", "Haematologist", 1, "the blood",
           "anaemia, a clot, a blood test result, easy bruising"),
    _field("Allergology", "Allergist", 1.5, "allergies",
           "hay fever, a food allergy, hives, an allergy test"),
    _field("Physiotherapy", "Physiotherapist", 5, "movement and recovery",
           "back pain, a stiff neck, exercises after surgery, a sports injury"),
    _field("Nutrition", "Dietitian", 2, "eating well",
           "a diet for diabetes, weight loss, coeliac disease, a food diary"),
    _field("General surgery", "Surgeon", 2, "operations and the care after them",
           "a hernia, gallstones, a wound check, a lump"),
    _field("Geriatrics", "Geriatrician", 1.5, "older people",
           "falls, memory trouble, many medicines, a check at home"),
]  # fmt: skip

TRAINING = (
    "Trained in {city} and abroad.",
    "Has worked in {city} for {years} years.",
    "Teaches at the medical school in {city}.",
    "Came to the practice from the university hospital.",
    "Takes time to explain.",
    "Works closely with your family doctor.",
    "Sees people at short notice when it cannot wait.",
)

# The visit types: the first is what most come for.
FIRST_KINDS = ("Consultation", "Appointment", "Visit")
OTHER_KINDS = (
    "Follow-up",
    "Check-up",
    "Longer consultation",
    "Video call",
    "Test results",
    "Treatment",
    "Second opinion",
)
NEW_KIND, KNOWN_KIND, STAFF_KIND = "First visit", "Review", "Procedure"

TIME_OFF = ("Holiday", "Conference", "Training", "Family", "")
CANCELLED = ("", "", "", "Feeling better", "Found an earlier time", "Cannot come that day")
CANCELLED_BY_CLINIC = ("The doctor is ill", "The doctor is called to an emergency", "")
DECLINED = ("Ask your family doctor first", "Choose a longer visit for this", "")
