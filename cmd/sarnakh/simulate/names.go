package simulate

// name is a name as its bearer writes it, and in the letters of an address.
type name struct{ written, latin string }

var persian = []name{
	{"سارا", "sara"}, {"مهسا", "mahsa"}, {"نیلوفر", "niloufar"}, {"زهرا", "zahra"}, {"فاطمه", "fatemeh"},
	{"مریم", "maryam"}, {"نرگس", "narges"}, {"الهام", "elham"}, {"شیرین", "shirin"}, {"پریسا", "parisa"},
	{"یاسمن", "yasaman"}, {"لیلا", "leila"}, {"آیدا", "aida"}, {"هانیه", "haniyeh"}, {"ترانه", "taraneh"},
	{"نگار", "negar"}, {"سمیرا", "samira"}, {"بهاره", "bahareh"}, {"مینا", "mina"}, {"رها", "raha"},
	{"علی", "ali"}, {"محمد", "mohammad"}, {"رضا", "reza"}, {"حسین", "hossein"}, {"امیر", "amir"},
	{"آرش", "arash"}, {"کیان", "kian"}, {"پویا", "pouya"}, {"سینا", "sina"}, {"بابک", "babak"},
	{"کامران", "kamran"}, {"مهدی", "mehdi"}, {"سعید", "saeed"}, {"نیما", "nima"}, {"شایان", "shayan"},
	{"فرهاد", "farhad"}, {"امید", "omid"}, {"مانی", "mani"}, {"دانیال", "danial"}, {"یاشار", "yashar"},
	{"محمدرضا", "mohammadreza"}, {"امیرحسین", "amirhossein"}, {"گل‌نار", "golnar"}, {"مه‌لقا", "mahlagha"},
}

var persianFamilies = []name{
	{"احمدی", "ahmadi"}, {"محمدی", "mohammadi"}, {"حسینی", "hosseini"}, {"رضایی", "rezaei"}, {"کریمی", "karimi"},
	{"موسوی", "mousavi"}, {"جعفری", "jafari"}, {"صادقی", "sadeghi"}, {"رحیمی", "rahimi"}, {"ابراهیمی", "ebrahimi"},
	{"حیدری", "heidari"}, {"نوری", "nouri"}, {"اکبری", "akbari"}, {"شریفی", "sharifi"}, {"یوسفی", "yousefi"},
	{"قاسمی", "ghasemi"}, {"کاظمی", "kazemi"}, {"باقری", "bagheri"}, {"صالحی", "salehi"}, {"میرزایی", "mirzaei"},
	{"فرهادی", "farhadi"}, {"تهرانی", "tehrani"}, {"شیرازی", "shirazi"}, {"اصفهانی", "esfahani"}, {"تبریزی", "tabrizi"},
	{"رستمی", "rostami"}, {"پارسا", "parsa"}, {"کیانی", "kiani"}, {"مرادی", "moradi"}, {"نادری", "naderi"},
	{"سهرابی", "sohrabi"}, {"زمانی", "zamani"}, {"طاهری", "taheri"}, {"فلاح", "fallah"}, {"بهرامی", "bahrami"},
	{"دلاوری", "delavari"}, {"گلستانی", "golestani"}, {"راد", "rad"}, {"نیک‌نام", "niknam"}, {"خسروی", "khosravi"},
}

var english = []name{
	{"Emma", "emma"}, {"Olivia", "olivia"}, {"Charlotte", "charlotte"}, {"Amelia", "amelia"}, {"Sophie", "sophie"},
	{"Hannah", "hannah"}, {"Grace", "grace"}, {"Chloe", "chloe"}, {"Lucy", "lucy"}, {"Zoe", "zoe"},
	{"Anna", "anna"}, {"Julia", "julia"}, {"Clara", "clara"}, {"Nora", "nora"}, {"Maya", "maya"},
	{"James", "james"}, {"Oliver", "oliver"}, {"William", "william"}, {"Daniel", "daniel"}, {"Thomas", "thomas"},
	{"Henry", "henry"}, {"Jack", "jack"}, {"Samuel", "samuel"}, {"Ben", "ben"}, {"Leo", "leo"},
	{"Adam", "adam"}, {"Martin", "martin"}, {"Peter", "peter"}, {"David", "david"}, {"Lukas", "lukas"},
	{"Aisha", "aisha"}, {"Priya", "priya"}, {"Yusuf", "yusuf"}, {"Mateo", "mateo"}, {"Ingrid", "ingrid"}, {"Siobhan", "siobhan"},
}

var englishFamilies = []name{
	{"Smith", "smith"}, {"Jones", "jones"}, {"Taylor", "taylor"}, {"Brown", "brown"}, {"Wilson", "wilson"},
	{"Evans", "evans"}, {"Walker", "walker"}, {"Wright", "wright"}, {"Green", "green"}, {"Hall", "hall"},
	{"Clarke", "clarke"}, {"Baker", "baker"}, {"Cooper", "cooper"}, {"Morris", "morris"}, {"Bennett", "bennett"},
	{"Foster", "foster"}, {"Murphy", "murphy"}, {"O’Brien", "obrien"}, {"Sullivan", "sullivan"}, {"Fraser", "fraser"},
	{"Schmidt", "schmidt"}, {"Weber", "weber"}, {"Rossi", "rossi"}, {"Dubois", "dubois"}, {"Novak", "novak"},
	{"Lindqvist", "lindqvist"}, {"Jensen", "jensen"}, {"Kowalski", "kowalski"}, {"Patel", "patel"}, {"Khan", "khan"},
	{"Nguyen", "nguyen"}, {"Garcia", "garcia"}, {"Costa", "costa"}, {"Haddad", "haddad"}, {"Petrosyan", "petrosyan"},
}
