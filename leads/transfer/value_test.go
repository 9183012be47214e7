package transfer

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/sarnakh/sarnakh/leads/transfer/sheet"
)

func TestValuesAreReadAsPeopleWriteThem(t *testing.T) {
	for said, want := range map[string]string{
		"2025-11-21": "2025-11-21T00:00:00Z", "2025/11/21": "2025-11-21T00:00:00Z", "۱۴۰۴/۰۸/۳۰": "2025-11-21T00:00:00Z", "1404-8-30": "2025-11-21T00:00:00Z",
		"21.11.2025": "2025-11-21T00:00:00Z", "21/11/2025": "2025-11-21T00:00:00Z", "11/21/2025": "2025-11-21T00:00:00Z", "5/5/2025": "2025-05-05T00:00:00Z",
		"2025-11-21 14:30:05": "2025-11-21T14:30:05Z", "2025-11-21T14:30:05.123Z": "2025-11-21T14:30:05Z", "2025-11-21T14:30:05+03:30": "2025-11-21T11:00:05Z",
		"2025-11-21 14:30": "2025-11-21T14:30:00Z",
		"03/04/2025":       refuseUnsure, "2025-02-30": refuseDate, "1404/07/31": refuseDate, "1404/13/01": refuseDate, "soon": refuseDate, "2025-11-21 25:00": refuseDate, "45231": refuseDate,
	} {
		at, reason := parseDate(said)
		if got := at.Format(time.RFC3339); reason != want && (reason != "" || got != want) {
			t.Errorf("%q: %s, %q; want %s", said, got, reason, want)
		}
	}
	for said, want := range map[string]float64{"۱۲٬۳۴۵٫۶": 12345.6, "1,234,567": 1234567, "-3": -3, "0.5": 0.5, "0": 0} {
		if got, ok := readNumber(said); !ok || got != want {
			t.Errorf("%q: %v", said, got)
		}
	}
	for _, said := range []string{"1,5", "0912", "0x10", "inf", "NaN", "12 apples", "1_000", ""} {
		if got, ok := readNumber(said); ok {
			t.Errorf("%q is the number %v", said, got)
		}
	}
	for said, want := range map[string]bool{"Yes": true, "بله": true, "آری": true, "1": true, "TRUE": true, "خیر": false, "no": false, "ندارد": false, "0": false} {
		if got, ok := readBool(said); !ok || got != want {
			t.Errorf("%q: %v, %v", said, got, ok)
		}
	}
	for said, want := range map[string]string{"ir": "IR", "Iran": "IR", "ایران": "IR", "United States": "US", "USA": "US", "آلمان": "DE", "deu": "DE", "Great Britain": "GB"} {
		if got, ok := readCountry(said); !ok || got != want {
			t.Errorf("%q: %q", said, got)
		}
	}
	for said, want := range map[string]string{"fa": "fa", "en_US": "en", "Persian": "fa", "فارسی": "fa", "Deutsch": "de", "farsi": "fa"} {
		if got, ok := readLanguage(said); !ok || got != want {
			t.Errorf("%q: %q", said, got)
		}
	}
	for said, want := range map[string]Standing{"Unsubscribed": Unsubscribed, "blocklisted": Unsubscribed, "Hard bounced": Bounced, "enabled": Subscribed, "whatever": Unconfirmed} {
		if got := readStanding(said); got != want {
			t.Errorf("%q: %q", said, got)
		}
	}
	for said, want := range map[string][]string{
		`"coffee","VIP, first"`: {"coffee", "VIP, first"}, "fair-2023|newsletter": {"fair-2023", "newsletter"}, "a; b ;a": {"a", "b"}, "قهوه، چای": {"قهوه", "چای"}, "one two": {"one two"},
	} {
		if got, ok := readTags(said); !ok || !slices.Equal(got, want) {
			t.Errorf("%q: %q", said, got)
		}
	}
	for _, said := range []string{"sara@example.com", "mailto:sara@example.com", "<sara@example.com>", "sara۲@example.com"} {
		if _, ok := readEmail(said); !ok {
			t.Errorf("%q is no address", said)
		}
	}
	for _, said := range []string{"sara", "sara@", "@example.com", "a@b", "a b@example.com", "a@example.com, b@example.com", "=cmd@example.com\x00"} {
		if got, ok := readEmail(said); ok {
			t.Errorf("%q is the address %q", said, got)
		}
	}
	for said, want := range map[string]bool{"9.89E+11": true, "9,89E+11": true, "۹٫۸۹E+11": false, "0912e": false, "+989121234567": false, "9E11": true} {
		if shortened(said) != want {
			t.Errorf("shortened(%q) is %v", said, !want)
		}
	}
}

func TestFormulasAreUnarmedAndNumbersKeepTheirSign(t *testing.T) {
	for said, want := range map[string]string{
		"=1+1": "'=1+1", "+1+1": "'+1+1", "-cmd": "'-cmd", "@SUM": "'@SUM", "\tx": "'\tx", "\rx": "'\rx", "＝1": "'＝1",
		"+989121234567": "+989121234567", "-5": "-5", "plain": "plain", "": "", "'quoted": "'quoted", "a=b": "a=b", "-": "'-",
		"-1.5": "-1.5", "+1,234.5": "+1,234.5", "-.5": "-.5", "-3%": "-3%", "-1E+5": "-1E+5", "-1.5x": "'-1.5x", "-1+2": "'-1+2", "+98 912 123 4567": "'+98 912 123 4567",
		"x;=cmd|' /C calc'!A0": "x;'=cmd|' /C calc'!A0", "a\t=1": "a\t'=1", "a\r\n@x": "a\r\n'@x", "a\n+1+1": "a\n'+1+1", "=1;=2": "'=1;'=2", ";=1": ";'=1",
		"a\n- one\n- two": "a\n- one\n- two", "a;-5;+98912": "a;-5;+98912", "a; b": "a; b", "--": "'--", "a\n-- \nSara": "a\n-- \nSara", "＝1;＝2": "'＝1;'＝2", "\n": "'\n",
	} {
		if got := unarmed(said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}

// FuzzUnarmed says that whatever the cell, and wherever it is parted, no part of it is a
// formula, nothing but apostrophes is added, and what is unarmed stays as it is.
func FuzzUnarmed(f *testing.F) {
	for _, seed := range []string{"=1", "-1.5", "a;=b\t@c\r\n+d", "\t\t=", "＝;-", ";;", "+98912"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		got := unarmed(cell)
		if strings.ReplaceAll(got, "'", "") != strings.ReplaceAll(cell, "'", "") || unarmed(got) != got {
			t.Fatalf("%q becomes %q, and that %q", cell, got, unarmed(got))
		}
		for _, part := range strings.FieldsFunc(got, func(r rune) bool { return strings.ContainsRune(parting, r) }) {
			if strings.ContainsRune("=@＝＋－＠", []rune(part)[0]) {
				t.Fatalf("%q becomes %q, in which %q is a formula", cell, got, part)
			}
		}
	})
}

// FuzzUnpack holds the form of blocks to its word: what pack makes unpack reads, and what
// it did not make is an error and no panic.
func FuzzUnpack(f *testing.F) {
	rows := []sheet.Row{{Line: 2, Cells: []string{"a", "", "سلام"}}, {Line: 1 << 40, Fault: sheet.RowLong, Cells: []string{}}}
	packed, err := pack(rows)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed, int64(2))
	f.Add([]byte("nonsense"), int64(1))
	back, err := unpack(packed, 2)
	if err != nil || len(back) != 2 || back[0].Cells[2] != "سلام" || back[1].Fault != sheet.RowLong || back[1].Line != 1<<40 {
		f.Fatalf("%+v, %v", back, err)
	}
	f.Fuzz(func(_ *testing.T, data []byte, rows int64) { _, _ = unpack(data, rows) })
}

// FuzzRead throws cells at every kind of column: what is read is legal text.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"sara@example.com", "۱۴۰۴/۰۸/۳۰", `{"a":[1,"x"]}`, `"a","b`, "9.89E+11", "\u202e=1", "بله", "Asia/Tehran", "+98 912"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		if !utf8.ValidString(cell) {
			return // never comes out of a sheet
		}
		for _, to := range append(slices.Clone(Targets), toAttribute+"x") {
			for _, kind := range Types {
				r := &reader{columns: []Column{{Name: "c", To: to, Type: kind}}}
				p := r.read(sheet.Row{Line: 1, Cells: []string{cell}})
				if p.Profile == nil {
					continue
				}
				for _, text := range []string{p.Email, p.Phone, p.FirstName, p.Country, p.Language, p.Stage} {
					if !utf8.ValidString(text) {
						t.Fatalf("%q as %s gives %q", cell, to, text)
					}
				}
			}
		}
	})
}

func TestAListThatWeWroteComesBackAsItWas(t *testing.T) {
	for _, text := range []string{"=1+1", "@SUM(1)", "+cmd|x", "-cmd", "'quoted'", "plain", "-1.5", "+989121234567"} {
		if cell := rearmed(unarmed(text)); cell != text {
			t.Errorf("%q leaves as %q and comes back as %q", text, unarmed(text), cell)
		}
	}
}

func TestOurOwnExportIsRecognised(t *testing.T) {
	header := append(slices.Clone(ExportColumns), "city")
	found := &Found{Parts: []Part{{Header: header, Samples: make([][]string, len(header))}}}
	means := map[string]string{}
	for _, c := range propose(found) {
		means[c.Name] = c.To
	}
	if found.Origin != Ours || means["id"] != ToIgnore || means["consent_email"] != ToIgnore || means["created_at"] != ToIgnore ||
		means["email"] != "email" || means["tags"] != ToTags || means["city"] != "attribute:city" {
		t.Errorf("%q: %v", found.Origin, means)
	}
}
