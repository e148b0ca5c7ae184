"""The first doctors of a new clinic; nothing where doctors already exist."""

from datetime import time

from django.db import migrations

DOCTORS = [
    {
        "name": "Dr. Smith",
        "slug": "dr-smith",
        "specialty": ("Cardiology", "Cardiologist", "cardiology"),
        "location": ("City Heart Clinic", "Hyderabad"),
        "languages": ["en", "te"],
        "bio": "Looks after the heart and the blood vessels: blood pressure, chest pain, "
        "an irregular heartbeat, and care after a heart attack.",
    },
    {
        "name": "Dr. Priya",
        "slug": "dr-priya",
        "specialty": ("Dermatology", "Dermatologist", "dermatology"),
        "location": ("Krishna Skin Clinic", "Vijayawada"),
        "languages": ["en", "hi", "te"],
        "bio": "Looks after skin, hair and nails: rashes, acne, eczema, and moles that change.",
    },
    {
        "name": "Dr. Kumar",
        "slug": "dr-kumar",
        "specialty": ("Neurology", "Neurologist", "neurology"),
        "location": ("Guntur Neuro Centre", "Guntur"),
        "languages": ["en", "hi"],
        "bio": "Looks after the brain and the nerves: headaches, dizziness, numbness, seizures.",
    },
]
LANGUAGES = {"en": "English", "hi": "Hindi", "te": "Telugu"}
HOURS = [(time(9), time(13)), (time(14), time(17))]  # an hour for lunch
MONDAY_TO_FRIDAY = range(5)


def add_first_doctors(apps, schema_editor):
    Doctor = apps.get_model("doctors", "Doctor")
    if Doctor.objects.exists():
        return
    for entry in DOCTORS:
        name, title, slug = entry["specialty"]
        specialty, _ = apps.get_model("doctors", "Specialty").objects.get_or_create(
            slug=slug, defaults={"name": name, "title": title}
        )
        place, city = entry["location"]
        location, _ = apps.get_model("doctors", "Location").objects.get_or_create(
            name=place, city=city, defaults={"country": "India", "time_zone": "Asia/Kolkata"}
        )
        doctor = Doctor.objects.create(
            name=entry["name"],
            slug=entry["slug"],
            specialty=specialty,
            bio=entry["bio"],
            status="approved",
        )
        for code in entry["languages"]:
            language, _ = apps.get_model("doctors", "Language").objects.get_or_create(
                code=code, defaults={"name": LANGUAGES[code]}
            )
            doctor.languages.add(language)
        doctor.visit_types.create(name="Consultation", duration_minutes=30)
        for weekday in MONDAY_TO_FRIDAY:
            for opens, closes in HOURS:
                doctor.working_hours.create(
                    location=location, weekday=weekday, opens=opens, closes=closes
                )


def remove_first_doctors(apps, schema_editor):
    """Take away what was added, but no namesake; the database refuses if one of them is booked."""
    for entry in DOCTORS:
        apps.get_model("doctors", "Doctor").objects.filter(
            slug=entry["slug"], name=entry["name"], bio=entry["bio"]
        ).delete()
        name, city = entry["location"]
        apps.get_model("doctors", "Location").objects.filter(
            name=name, city=city, working_hours=None
        ).delete()
        apps.get_model("doctors", "Specialty").objects.filter(
            slug=entry["specialty"][2], doctors=None
        ).delete()
    apps.get_model("doctors", "Language").objects.filter(code__in=LANGUAGES, doctors=None).delete()


class Migration(migrations.Migration):
    dependencies = [("doctors", "0001_initial")]

    operations = [migrations.RunPython(add_first_doctors, remove_first_doctors)]
