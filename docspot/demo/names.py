"""Names of people by region, and the languages that are spoken there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random

from django.utils.text import slugify


@dataclass(frozen=True)
class Region:
    given: tuple[str, ...]
    family: tuple[str, ...]
    languages: tuple[str, ...]  # codes as in BCP 47; the first is everybody's


def _region(given: str, family: str, languages: str) -> Region:
    return Region(tuple(given.split()), tuple(family.split()), tuple(languages.split()))


REGIONS = {
    "south india": _region(
        "Aarav Aditi Anand Anitha Arjun Asha Bhavana Chaitanya Deepa Divya Ganesh Gayathri Hari "
        "Harini Jayanthi Karthik Kavitha Krishna Lakshmi Lalitha Madhavi Mahesh Meena Murali "
        "Nandini Naveen Padma Prakash Prasad Priya Radha Rajesh Ramya Ravi Sandhya Sanjana "
        "Sarala Shankar Sindhu Sita Srinivas Suresh Swathi Uma Vani Venkat Vijaya Vikram Vishnu "
        "Yamini",
        "Acharya Babu Balan Chandran Chowdary Devi Gopal Iyer Kamath Krishnan Kumar Menon "
        "Murthy Nair Naidu Narayanan Pillai Prasad Raghavan Raju Raman Rao Reddy Sastry Shetty "
        "Subramaniam Sundaram Varma Venkataraman Yadav",
        "en te hi ta kn",
    ),
    "north india": _region(
        "Aakash Aanya Abhishek Ajay Alka Aman Amit Anil Anjali Ankita Arun Bhavna Deepak Farhan "
        "Gaurav Geeta Imran Isha Jaspreet Jyoti Kabir Kiran Komal Manish Manoj Meera Mohit Neha "
        "Nikhil Nisha Pankaj Parveen Pooja Rahul Rekha Ritu Rohit Sakshi Sanjay Seema Shreya "
        "Simran Sunita Tanvi Varun Vineet Vivek Yash Zara Zoya",
        "Agarwal Ahmed Arora Bansal Bhatia Bose Chatterjee Chauhan Das Deshmukh Dubey Gandhi "
        "Ghosh Gill Gupta Jain Joshi Kapoor Kaur Khan Malhotra Mehta Mishra Mukherjee Patel "
        "Saxena Shah Sharma Singh Verma",
        "en hi gu bn pa mr ur",
    ),
    "nepal": _region(
        "Aashish Anjana Bibek Bimala Bishal Deepika Dipesh Gita Kamala Keshav Laxmi Manju Nabin "
        "Niraj Pabitra Prabin Puja Rabin Rajan Rojina Sabina Sagar Samjhana Sarita Sunil Tara",
        "Adhikari Bhandari Bhattarai Dahal Gurung Karki Khadka Lama Magar Maharjan Poudel Rai "
        "Sharma Sherpa Shrestha Tamang Thapa Tuladhar",
        "ne en hi",
    ),
    "britain": _region(
        "Adam Alfie Amelia Archie Beth Callum Charlotte Chloe Daisy David Eleanor Emily Finlay "
        "Freya George Grace Hannah Harry Heather Hugh Imogen Isla Jack James Jessica Joan "
        "Kirsty Liam Lucy Margaret Megan Niamh Oliver Oscar Patrick Poppy Rhys Rosie Ruth "
        "Samuel Sian Sophie Thomas Victoria William Zoe",
        "Allen Baker Bennett Brown Campbell Clarke Cooper Davies Evans Fletcher Fraser Green "
        "Griffiths Harris Hughes Jackson Jones Kelly Lewis MacDonald Marshall Mason Morgan "
        "Morris Murray Owen Palmer Parker Price Roberts Robinson Scott Shaw Smith Stewart "
        "Taylor Thompson Turner Walker Ward Watson White Wilson Wood Wright",
        "en cy pl ur pa",
    ),
    "north america": _region(
        "Aaliyah Alex Andre Angela Anthony Ashley Benjamin Brandon Brianna Brooke Carlos Carmen "
        "Christopher Danielle Diego Elena Emma Ethan Gabriela Hector Isabella Jasmine Jayden "
        "Jordan Jose Justin Kayla Kevin Lauren Linda Logan Luis Madison Maria Mason Michael Mia "
        "Nicole Noah Olivia Rachel Ryan Samantha Sofia Sydney Terrence Tiffany Tyler Valeria "
        "Zachary",
        "Adams Alvarez Anderson Bailey Brooks Carter Chavez Collins Cruz Diaz Edwards Flores "
        "Foster Garcia Gonzalez Hayes Hernandez Hill Howard Jenkins Johnson King Lee Lopez "
        "Martinez Miller Mitchell Moore Nelson Nguyen Ortiz Perez Phillips Ramirez Reyes Rivera "
        "Rodriguez Sanchez Sullivan Torres Washington Williams Young",
        "en es zh vi tl",
    ),
    "brazil": _region(
        "Ana André Beatriz Bruno Caio Camila Carolina Clara Daniel Eduardo Fernanda Felipe "
        "Gabriel Gustavo Helena Igor Isabela João José Juliana Larissa Leandro Letícia Lucas "
        "Luana Marcelo Mariana Mateus Natália Paulo Rafael Renata Rodrigo Sônia Thiago Vitória",
        "Almeida Alves Araújo Barbosa Barros Cardoso Carvalho Castro Correia Costa Dias "
        "Fernandes Ferreira Gomes Lima Lopes Machado Martins Melo Mendes Moreira Nascimento "
        "Nunes Oliveira Pereira Pinto Ramos Ribeiro Rocha Rodrigues Santos Silva Souza Teixeira "
        "Vieira",
        "pt-BR en es",
    ),
    "germany": _region(
        "Anja Anna Bernd Birgit Christian Claudia Dieter Elif Emre Felix Greta Hannes Ingrid "
        "Jan Johanna Jonas Jürgen Katrin Klara Lena Lukas Maja Mehmet Moritz Paula Petra Sabine "
        "Stefan Tobias Uwe",
        "Bauer Becker Braun Fischer Fuchs Hartmann Hoffmann Jung Kaya Keller Klein Koch König "
        "Krüger Lange Lehmann Meyer Müller Neumann Richter Schäfer Schmidt Schneider Schröder "
        "Schulz Vogel Wagner Weber Wolf Yildiz",
        "de en tr",
    ),
    "arabia": _region(
        "Abdullah Ahmad Aisha Ali Amal Amina Dalia Fatima Hala Hamza Hassan Huda Ibrahim Karim "
        "Khalid Layla Leen Mariam Mohammed Nadia Nour Omar Rami Rania Salma Samir Sara Tariq "
        "Yasmin Yousef",
        "Abdallah Al-Amin Al-Hashimi Al-Mansoori Al-Sayed Aziz Bakr Darwish Fahmy Farouk Haddad "
        "Hamdan Hussein Ismail Khoury Mahmoud Mansour Nasser Qasim Rahman Saleh Shaheen "
        "Suleiman Taha Younis",
        "ar en ur hi",
    ),
    "africa": _region(
        "Achieng Adaeze Akinyi Amara Ayodele Baraka Chidi Chioma Ebele Emeka Faith Folake "
        "Gathoni Ifeoma Juma Kamau Kwame Lerato Makena Mandla Mercy Naledi Ngozi Njeri Nomsa "
        "Obinna Oluwaseun Otieno Sipho Tendai Thandiwe Thabo Wanjiru Yetunde Zodwa",
        "Abiodun Adebayo Adeyemi Botha Chukwu Dlamini Eze Kariuki Khumalo Kimani Maina Mokoena "
        "Moyo Mutua Mwangi Naidoo Ndlovu Njoroge Nkosi Nwosu Obi Ochieng Odhiambo Okafor Okeke "
        "Okonkwo Omondi Onyango Sithole Wambui",
        "en sw yo zu af",
    ),
    "east asia": _region(
        "Akira Aiko Chen Daichi Emi Fang Hana Haruto Hiroshi Hui Jia Jun Kaito Ken Lei Li Mei "
        "Mina Naoko Ren Sakura Shu Takashi Wei Xin Yan Yuki Yuna Yuto Zhen",
        "Chan Chen Goh Huang Inoue Ito Kato Kim Kobayashi Lee Li Lim Lin Liu Mori Nakamura Ng "
        "Ono Park Sato Suzuki Takahashi Tan Tanaka Wang Watanabe Wong Wu Yamamoto Zhang",
        "en zh ja ko ms",
    ),
    "australia": _region(
        "Abbey Angus Bella Blake Bronte Charlie Claire Cooper Darcy Ella Evie Flynn Georgia "
        "Harvey Hugo Indiana Jack Jarrah Kirra Lachlan Lily Matilda Max Mitchell Olivia Riley "
        "Ruby Sienna Tahlia Willow Xavier",
        "Anderson Barlow Campbell Crawford Doyle Dunn Fisher Gibson Hamilton Hart Kelly Lawson "
        "Mackay McKenzie Murphy Nguyen OBrien Papadopoulos Pearce Quinn Reid Ross Rossi Ryan "
        "Sinclair Sullivan Tran Walsh Webb Williams",
        "en zh el it vi",
    ),
}
LANGUAGES = {
    "af": "Afrikaans",
    "ar": "Arabic",
    "bn": "Bengali",
    "cy": "Welsh",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "gu": "Gujarati",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "kn": "Kannada",
    "ko": "Korean",
    "mr": "Marathi",
    "ms": "Malay",
    "ne": "Nepali",
    "pa": "Punjabi",
    "pl": "Polish",
    "pt-BR": "Portuguese (Brazil)",
    "sw": "Swahili",
    "ta": "Tamil",
    "te": "Telugu",
    "tl": "Tagalog",
    "tr": "Turkish",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "yo": "Yoruba",
    "zh": "Chinese",
    "zu": "Zulu",
}
EVERYWHERE = tuple(REGIONS)
FROM_ELSEWHERE = 0.12


def pick_region(chance: Random, home: str) -> Region:
    """Most people's names are of the place they live in."""
    return REGIONS[chance.choice(EVERYWHERE) if chance.random() < FROM_ELSEWHERE else home]


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """As in an address: joao."""
    return slugify(name).replace("-", "")
