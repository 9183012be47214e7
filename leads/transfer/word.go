package transfer

import (
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Standing is what a list said of a person's being on it.
type Standing string

// The standings.
const (
	Subscribed   Standing = "subscribed"
	Unsubscribed Standing = "unsubscribed" // left
	Bounced      Standing = "cleaned"      // the mailbox is gone, in Mailchimp's word
	Unconfirmed  Standing = "unconfirmed"  // never said yes
)

var standings = map[Standing][]string{
	Subscribed:   {"subscribed", "subscriber", "enabled", "active", "confirmed", "optin", "optedin", "مشترک", "فعال"},
	Unsubscribed: {"unsubscribed", "blocklisted", "blacklisted", "optout", "optedout", "complained", "spam", "lets", "لغو", "لغوشده", "لغواشتراک", "مسدود"},
	Bounced:      {"cleaned", "bounced", "bounce", "hardbounce", "hardbounced", "invalid", "برگشتی"},
	Unconfirmed:  {"unconfirmed", "pending", "nonsubscribed", "transactional", "disabled", "inactive", "archived", "تاییدنشده"},
}

// readStanding reads the word of another tool. One that we do not know gives no consent.
func readStanding(cell string) Standing {
	word := compact(cell)
	for standing, words := range standings {
		if slices.Contains(words, word) {
			return standing
		}
	}
	return Unconfirmed
}

// compact is a word without case, space and signs, for comparing.
func compact(text string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '_', '-', '/', '.', '\'', '(', ')':
			return -1
		}
		return r
	}, i18n.Fold(text))
}

// words turns what other tools and people call a thing into our word for it.
var words = map[string]map[string]string{
	"stage": {
		"مشترک": "subscriber", "سرنخ": "lead", "فرصت": "opportunity", "مشتری": "customer", "طرفدار": "evangelist", "دیگر": "other",
		"mql": "marketing_qualified", "marketingqualifiedlead": "marketing_qualified", "marketingqualified": "marketing_qualified",
		"sql": "sales_qualified", "salesqualifiedlead": "sales_qualified", "salesqualified": "sales_qualified",
	},
	"relation": {
		"مشتری احتمالی": "prospect", "مشتری": "customer", "شریک": "partner", "همکار": "partner", "تامینکننده": "supplier",
		"کارمند": "employee", "سرمایهگذار": "investor", "رسانه": "media", "دیگر": "other",
		"vendor": "supplier", "press": "media", "staff": "employee",
	},
	"channel": {
		"ایمیل": "email", "پیامک": "sms", "تلفن": "phone", "واتساپ": "whatsapp", "تلگرام": "telegram", "پست": "post", "mail": "email", "text": "sms",
	},
}

// readWord finds our word among those of a field.
func readWord(field, cell string, ours []string) (string, bool) {
	word := compact(cell)
	for _, candidate := range ours {
		if compact(candidate) == word {
			return candidate, true
		}
	}
	for said, ours := range words[field] {
		if compact(said) == word {
			return ours, true
		}
	}
	return "", false
}

// names are the countries and languages by their English, Persian and own names, folded.
var names = sync.OnceValue(func() (all struct{ countries, languages map[string]string }) {
	all.countries, all.languages = map[string]string{}, map[string]string{}
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			region, err := language.ParseRegion(string(a) + string(b))
			if err != nil || !region.IsCountry() || region.Canonicalize() != region || region.String() != string(a)+string(b) {
				continue
			}
			for _, namer := range []display.Namer{display.Regions(language.English), display.Regions(language.Persian)} {
				if name := namer.Name(region); name != "" {
					all.countries[compact(name)] = region.String()
				}
			}
			all.countries[strings.ToLower(region.ISO3())] = region.String()
		}
	}
	for said, code := range map[string]string{
		"usa": "US", "unitedstatesofamerica": "US", "uk": "GB", "greatbritain": "GB", "england": "GB", "uae": "AE", "امارات": "AE",
		"امریکا": "US", "ایالاتمتحدهامریکا": "US", "انگلیس": "GB", "بریتانیا": "GB", "islamicrepublicofiran": "IR", "iranislamicrepublicof": "IR",
		"جمهوریاسلامیایران": "IR", "russianfederation": "RU", "republicofkorea": "KR", "vietnam": "VN", "turkey": "TR", "czechrepublic": "CZ",
	} {
		all.countries[said] = code
	}
	for _, code := range []string{"fa", "en", "ar", "tr", "ku", "az", "de", "fr", "es", "it", "pt", "nl", "ru", "zh", "ja", "ko", "hi", "ur", "ps", "sv", "pl"} {
		tag := language.MustParse(code)
		for _, name := range []string{display.English.Languages().Name(tag), display.Languages(language.Persian).Name(tag), display.Self.Name(tag)} {
			all.languages[compact(name)] = code
		}
	}
	all.languages["farsi"] = "fa"
	return all
})

// readCountry reads a code of two or three letters or a name in English or Persian.
func readCountry(cell string) (string, bool) {
	if len(cell) == 2 {
		region, err := language.ParseRegion(cell)
		if err == nil && region.IsCountry() {
			return strings.ToUpper(cell), true
		}
	}
	code, ok := names().countries[compact(cell)]
	return code, ok
}

// readLanguage reads a tag such as fa, en_US or pt-BR, or a name.
func readLanguage(cell string) (string, bool) {
	if code, ok := names().languages[compact(cell)]; ok {
		return code, true
	}
	if tag, err := language.Parse(cell); err == nil && len(cell) <= 35 {
		base, _ := tag.Base()
		return base.String(), true
	}
	return "", false
}

// zones remembers which time zones exist: asking the system takes a file each time.
var zones sync.Map

func readZone(cell string) (string, bool) {
	if known, ok := zones.Load(cell); ok {
		return cell, known.(bool)
	}
	if len(cell) > 60 || cell == "Local" {
		return "", false
	}
	_, err := time.LoadLocation(cell)
	if err == nil { // of what exists there are some hundreds, of what does not no end
		zones.Store(cell, true)
	}
	return cell, err == nil
}
