"""People and places of eight countries, small lists that combine to thousands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Country:
    code: str
    name: str
    phone: str  # national prefix
    first: tuple[str, ...]
    last: tuple[str, ...]
    cities: tuple[str, ...]
    legal_forms: tuple[str, ...]


COUNTRIES = (
    Country(
        "PL", "Poland", "+48",
        ("Agnieszka", "Bartosz", "Celina", "Dawid", "Elżbieta", "Filip", "Grażyna", "Hubert", "Iwona", "Jakub",
         "Katarzyna", "Łukasz", "Małgorzata", "Norbert", "Paulina", "Radosław", "Sylwia", "Tomasz", "Urszula", "Zbigniew"),
        ("Adamczyk", "Borkowska", "Chmielewski", "Dąbrowska", "Głowacki", "Jabłońska", "Kaczmarek", "Lewandowska",
         "Majewski", "Nowicka", "Olszewski", "Pawlak", "Rutkowska", "Sikora", "Szczepańska", "Wieczorek", "Zając", "Żak"),
        ("Warszawa", "Kraków", "Gdańsk", "Wrocław", "Poznań", "Łódź"),
        ("sp. z o.o.", "S.A."),
    ),
    Country(
        "DE", "Germany", "+49",
        ("Anke", "Björn", "Cornelia", "Dieter", "Elke", "Florian", "Gesine", "Holger", "Ines", "Jürgen",
         "Kathrin", "Lutz", "Miriam", "Nils", "Petra", "Ralf", "Silke", "Thorsten", "Ulrike", "Wolfgang"),
        ("Albrecht", "Bauer", "Dietrich", "Engel", "Fuchs", "Günther", "Hartmann", "Jäger", "Köhler", "Lorenz",
         "Möller", "Neumann", "Pfeiffer", "Roth", "Schäfer", "Vogel", "Weiß", "Ziegler"),
        ("Berlin", "Hamburg", "München", "Köln", "Leipzig", "Stuttgart"),
        ("GmbH", "AG", "GmbH & Co. KG"),
    ),
    Country(
        "US", "United States", "+1",
        ("Abigail", "Brandon", "Camila", "Derek", "Emily", "Frank", "Grace", "Hector", "Isabel", "Jamal",
         "Karen", "Liam", "Monique", "Nathan", "Olivia", "Patrick", "Rachel", "Samuel", "Tanya", "Victor"),
        ("Alvarez", "Bennett", "Carter", "Diaz", "Edwards", "Foster", "Griffin", "Hughes", "Jenkins", "Kim",
         "Lawson", "Mitchell", "Nguyen", "Ortiz", "Peterson", "Reed", "Sullivan", "Walker"),
        ("Boston", "Chicago", "Denver", "Austin", "Seattle", "San Diego"),
        ("Inc.", "LLC", "Corp."),
    ),
    Country(
        "GB", "United Kingdom", "+44",
        ("Alistair", "Bethan", "Callum", "Daisy", "Ewan", "Fiona", "Gareth", "Harriet", "Imogen", "Jack",
         "Keira", "Lewis", "Maisie", "Nigel", "Oliver", "Poppy", "Rhys", "Sian", "Toby", "Winifred"),
        ("Ashworth", "Barlow", "Chapman", "Davies", "Ellis", "Fletcher", "Gallagher", "Hobbs", "Ingram", "Kerr",
         "Lloyd", "Murray", "O'Brien", "Pritchard", "Rowe", "Sinclair", "Thornton", "Whitfield"),
        ("London", "Manchester", "Edinburgh", "Cardiff", "Leeds", "Bristol"),
        ("Ltd", "plc"),
    ),
    Country(
        "FR", "France", "+33",
        ("Amélie", "Baptiste", "Chloé", "Damien", "Élodie", "Fabrice", "Gaëlle", "Hugo", "Inès", "Jérôme",
         "Laëtitia", "Mathieu", "Noémie", "Olivier", "Pauline", "Quentin", "Rémi", "Sandrine", "Thibault", "Valérie"),
        ("Aubert", "Blanchard", "Chevalier", "Delacroix", "Faure", "Garnier", "Hébert", "Joly", "Lefèvre", "Marchand",
         "Noël", "Perrin", "Renaud", "Rousseau", "Saunier", "Tessier", "Vasseur", "Girard"),
        ("Paris", "Lyon", "Toulouse", "Nantes", "Lille", "Grenoble"),
        ("SAS", "SARL"),
    ),
    Country(
        "NO", "Norway", "+47",
        ("Anders", "Birgit", "Dag", "Eirik", "Frøydis", "Gunnar", "Hege", "Ingrid", "Jørgen", "Kari",
         "Lars", "Marit", "Nora", "Odd", "Ragnhild", "Sigrid", "Terje", "Unni", "Vidar", "Øyvind"),
        ("Aasen", "Berg", "Dahl", "Eide", "Fosse", "Hagen", "Iversen", "Johansen", "Kristoffersen", "Lund",
         "Moen", "Nygård", "Olsen", "Rønning", "Solberg", "Tveit", "Vik", "Ødegård"),
        ("Oslo", "Bergen", "Trondheim", "Stavanger", "Tromsø"),
        ("AS", "ASA"),
    ),
    Country(
        "ES", "Spain", "+34",
        ("Alba", "Borja", "Carmen", "Diego", "Elena", "Fernando", "Gloria", "Héctor", "Irene", "Joaquín",
         "Lucía", "Manuel", "Nuria", "Óscar", "Pilar", "Raúl", "Sofía", "Tomás", "Verónica", "Yolanda"),
        ("Aguilar", "Blanco", "Castillo", "Domínguez", "Esteban", "Ferrer", "Gallego", "Herrera", "Ibáñez", "Lozano",
         "Molina", "Navarro", "Ortega", "Peña", "Quintana", "Romero", "Serrano", "Vázquez"),
        ("Madrid", "Barcelona", "Valencia", "Sevilla", "Bilbao"),
        ("S.L.", "S.A."),
    ),
    Country(
        "JP", "Japan", "+81",
        ("Aiko", "Daisuke", "Emi", "Fumio", "Haruka", "Ichiro", "Junko", "Kenta", "Mai", "Naoki",
         "Reiko", "Satoshi", "Takumi", "Yui", "Yusuke", "Kaori", "Hiroshi", "Misaki", "Ren", "Sakura"),
        ("Abe", "Endo", "Fujimoto", "Goto", "Hasegawa", "Inoue", "Kato", "Matsuda", "Nakajima", "Okada",
         "Saito", "Shimizu", "Tanaka", "Ueda", "Watanabe", "Yamamoto", "Yoshida", "Kojima"),
        ("Tokyo", "Osaka", "Nagoya", "Kyoto", "Fukuoka"),
        ("K.K.", "G.K."),
    ),
)  # fmt: skip


def country(code: str) -> Country:
    return next(entry for entry in COUNTRIES if entry.code == code)


# First words and fields of business of invented companies.
COMPANY_WORDS = (
    "Amberline", "Bluewick", "Calderon", "Dunmore", "Eastgate", "Fennhill", "Glasswing", "Harborview", "Ironleaf",
    "Juniper", "Kestrel", "Larkfield", "Meridian", "Northmoor", "Oakhurst", "Pinecrest", "Quillon", "Ridgeway",
    "Silverfen", "Tamarind", "Upland", "Vantage", "Westbrook", "Yarrow", "Zephyr", "Alderley", "Brightwater",
    "Copperfield", "Driftwood", "Emberton",
)  # fmt: skip
# Field of business, HubSpot's option, its label: the label is what Salesforce's picklist holds.
COMPANY_FIELDS = (
    ("Biolabs", "BIOTECHNOLOGY", "Biotechnology"),
    ("Diagnostics", "MEDICAL_DEVICES", "Medical Devices"),
    ("Pharma", "PHARMACEUTICALS", "Pharmaceuticals"),
    ("Foods", "FOOD_PRODUCTION", "Food Production"),
    ("Water", "ENVIRONMENTAL_SERVICES", "Environmental Services"),
    ("Chemicals", "CHEMICALS", "Chemicals"),
    ("Energy", "OIL_ENERGY", "Oil & Energy"),
    ("Research", "RESEARCH", "Research"),
    ("Electronics", "ELECTRICAL_ELECTRONIC_MANUFACTURING", "Electrical/Electronic Manufacturing"),
    ("Engineering", "MECHANICAL_OR_INDUSTRIAL_ENGINEERING", "Mechanical or Industrial Engineering"),
)
JOB_TITLES = (
    "Head of Laboratory", "Procurement Manager", "Quality Engineer", "Research Scientist", "Operations Director",
    "Plant Manager", "Purchasing Specialist", "Lab Technician", "Chief Scientific Officer", "Process Engineer",
    "Facilities Manager", "Sustainability Lead",
)  # fmt: skip
PRODUCTS = (
    "Spectrometer S4", "pH Probe Set", "Centrifuge C200", "Cold Chain Loggers", "Gas Analyser G7", "Titration Line",
    "Microscope Upgrade", "Calibration Contract", "Water Monitoring Network", "Clean Bench Fit-out",
)  # fmt: skip
