package transfer

import (
	"encoding/csv"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/sarnakh/sarnakh/internal/calendar"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/mail"
)

// Why a row is refused. The reasons of sheet (sheet.RowShort, …) stand beside these.
const (
	refuseNobody   = "nobody"         // no e-mail, telephone number or external id
	refuseEmail    = "email"          // not an e-mail address
	refusePhone    = "phone"          // not a telephone number, and nothing else to go by
	refuseExponent = "phone_exponent" // a number that a spreadsheet has shortened to 9.89E+11
	refuseChoice   = "choice"         // none of the words that the field knows
	refuseCountry  = "country"
	refuseLanguage = "language"
	refuseZone     = "time_zone"
	refuseNumber   = "number"
	refuseDate     = "date"       // no day, Gregorian or Jalali
	refuseUnsure   = "date_order" // 03/04/2024: nobody can know which is the month
	refuseBool     = "bool"
	refuseTag      = "tag"
	refuseJSON     = "json"
	refuseLong     = "long_text"
	refuseURL      = "url"
	refuseErased   = "erased" // they asked to be erased
	refuseOther    = "other"  // the lead store would not take it
)

// maxText bounds the text of a field of one's own, in bytes.
const maxText = 10_000

// visible is a cell without what cannot be seen: marks of direction, control characters,
// space around it. The joiners that Persian words need stay.
func visible(cell string) string {
	plain := true
	for i := 0; i < len(cell); i++ {
		if cell[i] < ' ' || cell[i] >= 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return strings.TrimSpace(cell)
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\u200e', r == '\u200f', r == '\ufeff':
			return -1
		case unicode.IsControl(r) && r != '\n' && r != '\t':
			return -1
		}
		return r
	}, cell))
}

// readEmail reads an address as it will be written to.
func readEmail(cell string) (string, bool) {
	address := i18n.ASCIIDigits(cell)
	if len(address) > 7 && strings.EqualFold(address[:7], "mailto:") {
		address = address[7:]
	}
	address = strings.TrimSuffix(strings.TrimPrefix(address, "<"), ">")
	name, domain, ok := strings.Cut(address, "@")
	if !ok || len(address) > 254 || len(name) > 64 || strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") ||
		!strings.Contains(domain, ".") || mail.CheckAddress(address) != nil {
		return "", false
	}
	return address, true
}

var exponent = regexp.MustCompile(`^\+?\d+([.,]\d+)?[eE]\+?\d+$`)

// shortened says whether a spreadsheet made 9.89E+11 of a telephone number: its last
// figures are lost for good.
func shortened(cell string) bool {
	return strings.ContainsAny(cell, "eE") && exponent.MatchString(i18n.ASCIIDigits(cell))
}

// firstGregorian is the year from which a date is taken for Gregorian; a Jalali year is
// far below it.
const firstGregorian = 1700

var (
	yearFirst = regexp.MustCompile(`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)? ?(Z|[+-]\d{2}:?\d{2}|UTC)?$`)
	yearLast  = regexp.MustCompile(`^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$`)
)

// readDate reads a day, with or without a time of day behind it: 2025-11-21, 2025/11/21,
// ۱۴۰۴/۰۸/۳۰ in the Jalali calendar, 21.11.2025. A time without a zone is UTC.
func readDate(cell string) (time.Time, bool) {
	at, reason := parseDate(cell)
	return at, reason == ""
}

func parseDate(cell string) (at time.Time, reason string) {
	text := i18n.ASCIIDigits(cell)
	if m := yearLast.FindStringSubmatch(text); m != nil {
		first, second, year := atoi(m[1]), atoi(m[2]), atoi(m[3])
		dotted := strings.Contains(text, ".")
		switch {
		case first > 12 || dotted || first == second || year < firstGregorian:
			return day(year, second, first)
		case second > 12:
			return day(year, first, second)
		}
		return at, refuseUnsure
	}
	m := yearFirst.FindStringSubmatch(text)
	if m == nil {
		return at, refuseDate
	}
	if at, reason = day(atoi(m[1]), atoi(m[2]), atoi(m[3])); reason != "" || m[4] == "" {
		return at, reason
	}
	hour, minute, second := atoi(m[4]), atoi(m[5]), atoi(m[6])
	if hour > 23 || minute > 59 || second > 59 {
		return at, refuseDate
	}
	at = at.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second)
	if zone := strings.ReplaceAll(m[7], ":", ""); len(zone) == 5 {
		offset := time.Duration(atoi(zone[1:3]))*time.Hour + time.Duration(atoi(zone[3:]))*time.Minute
		if zone[0] == '+' {
			offset = -offset
		}
		at = at.Add(offset)
	}
	return at, ""
}

func day(year, month, dayOfMonth int) (time.Time, string) {
	if year < firstGregorian {
		j, err := calendar.NewJalali(year, month, dayOfMonth)
		if err != nil || year < 1200 {
			return time.Time{}, refuseDate
		}
		return j.Time(time.UTC), ""
	}
	at := time.Date(year, time.Month(month), dayOfMonth, 0, 0, 0, 0, time.UTC)
	if at.Month() != time.Month(month) || at.Day() != dayOfMonth {
		return time.Time{}, refuseDate
	}
	return at, ""
}

// atoi is the number of at most four figures, 0 of nothing.
func atoi(figures string) int {
	n := 0
	for _, f := range figures {
		n = 10*n + int(f-'0')
	}
	return n
}

var (
	yes = []string{"yes", "y", "true", "t", "1", "on", "x", "بله", "بلی", "آری", "اری", "دارد", "درست", "هست", "فعال"}
	no  = []string{"no", "n", "false", "f", "0", "off", "خیر", "نه", "ندارد", "نادرست", "نیست", "غیرفعال"}
)

// readBool reads a yes or no, in English or Persian.
func readBool(cell string) (value, ok bool) {
	text := strings.ReplaceAll(i18n.Fold(cell), " ", "")
	switch {
	case slices.Contains(yes, text):
		return true, true
	case slices.Contains(no, text):
		return false, true
	}
	return false, false
}

var (
	grouped = regexp.MustCompile(`^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$`)
	numeric = strings.NewReplacer("٫", ".", "٬", ",", "−", "-", "\u00a0", "", " ", "")
)

// readNumber reads digits of any script with either script's decimal point and thousands.
func readNumber(cell string) (float64, bool) {
	text := numeric.Replace(i18n.ASCIIDigits(cell))
	if grouped.MatchString(text) {
		text = strings.ReplaceAll(text, ",", "")
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n != n || n > 1e15 || n < -1e15 || strings.ContainsAny(text, "xXpPiI_") {
		return 0, false
	}
	// 0912 is a code: as a number it would lose its zero.
	return n, len(text) < 2 || text[0] != '0' || text[1] == '.'
}

// readTags takes a cell of several tags apart. Mailchimp quotes them, Mautic puts bars.
func readTags(cell string) ([]string, bool) {
	separator := ','
	switch {
	case strings.Contains(cell, `"`):
	case strings.Contains(cell, "|"):
		separator = '|'
	case strings.Contains(cell, ";"):
		separator = ';'
	case strings.Contains(cell, "،"):
		cell = strings.ReplaceAll(cell, "،", ",")
	}
	r := csv.NewReader(strings.NewReader(cell))
	r.Comma, r.LazyQuotes, r.TrimLeadingSpace = separator, true, true
	parts, err := r.Read()
	if err != nil {
		return nil, false
	}
	var tags []string
	for _, part := range parts {
		if tag := strings.Join(strings.Fields(part), " "); tag != "" && !slices.Contains(tags, tag) {
			if !validTag(tag) || len(tags) == 100 {
				return nil, false
			}
			tags = append(tags, tag)
		}
	}
	return tags, true
}

func validTag(tag string) bool {
	return i18n.Fold(tag) != "" && len([]rune(tag)) <= 80 && !strings.ContainsRune(tag, 0)
}

// readObject reads listmonk's column of attributes. Objects within it are left out: no
// condition could ask about them.
func readObject(cell string) (map[string]any, bool) {
	var object map[string]any
	if err := json.Unmarshal([]byte(cell), &object); err != nil {
		return nil, false
	}
	out := make(map[string]any, len(object))
	for name, value := range object {
		name = attributeName(name)
		switch v := value.(type) {
		case string:
			if v = visible(v); v != "" && len(v) <= maxText {
				out[name] = v
			}
		case float64, bool:
			out[name] = v
		case []any:
			var list []any
			for _, item := range v {
				switch i := item.(type) {
				case string:
					list = append(list, visible(i))
				case float64, bool:
					list = append(list, i)
				}
			}
			if len(list) > 0 && len(list) <= 100 {
				out[name] = list
			}
		}
	}
	delete(out, "")
	return out, true
}
