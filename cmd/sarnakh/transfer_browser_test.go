package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

// TestAListIsBroughtInTheBrowser brings a list as somebody of the team would, in both
// languages, on a desk and on a phone: choose the file, look at what was found, state the
// consent, read the dry run, import, and take leads out again.
func TestAListIsBroughtInTheBrowser(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), pagesHalf|workersHalf)
	s.applyAll(t)
	s.readers(t, 5)
	c, base := s.team(t), s.url
	list := filepath.Join(t.TempDir(), "مشتریان نمایشگاه.csv")
	var rows strings.Builder
	rows.WriteString("نام و نام خانوادگی,ایمیل,موبایل,شهر,تاریخ تولد,خبرنامه,برچسب‌ها\n")
	rows.WriteString("سارا احمدی,sara.ahmadi@example.com,۰۹۱۲۱۲۳۴۵۶۷,تهران,۱۳۷۰/۰۱/۰۲,بله,قهوه، چای\n")
	rows.WriteString("علی رضایی,ali.rezaei@example.com,09121234568,شیراز,1365/12/01,خیر,\n")
	rows.WriteString("Tom Smith,tom@example.com,+44 20 7946 0958,London,1991-03-22,yes,tea\n")
	rows.WriteString("بدون نشانی,not an address,9.89E+11,,,,\n")
	if err := os.WriteFile(list, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, look := range []struct {
		lang, scheme  string
		width, height int
		phone         bool
	}{{"fa", "light", 1280, 900, false}, {"en", "dark", 390, 844, true}, {"en", "light", 1280, 900, false}, {"fa", "dark", 390, 844, true}} {
		c.Viewport(look.width, look.height, look.phone)
		c.ColorScheme(look.scheme)
		c.Language(look.lang)
		seen := func(name string) {
			t.Helper()
			if text := c.Text("body"); strings.Contains(text, "⟦") {
				t.Errorf("%s in %s: a word has no translation: %s", name, look.lang, text)
			}
			if wide := testkit.Eval[int](c, "document.documentElement.scrollWidth"); wide > look.width {
				t.Errorf("%s in %s: %d pixels wide on a screen of %d", name, look.lang, wide, look.width)
			}
			if *shots != "" {
				c.Screenshot(filepath.Join(*shots, "transfer-"+name+"-"+look.lang+"-"+look.scheme+".png"), true)
			}
		}
		c.Open(base + "/leads/import")
		seen("upload")
		c.Upload("#file", list)
		c.Follow("main form .btn-primary")
		c.Wait("form[action$='/map']") // the page follows by itself
		seen("mapping")
		c.Click("input[name=consent][value=given]")
		if status := c.Follow("form[action$='/map'] .btn-primary"); status != 422 {
			t.Errorf("a consent without words: %d", status)
		}
		seen("not-yet")
		c.Fill("#words", "بله، خبرنامه را برایم بفرستید.")
		c.Fill("#source", "نمایشگاه کتاب")
		c.Fill("#date", "۱۴۰۴/۰۸/۳۰")
		c.Fill("#basis", "consent")
		c.Follow("form[action$='/map'] .btn-primary")
		c.Wait("form[action$='/start']")
		seen("rehearsal")
		c.Follow("form[action$='/start'] button")
		c.Wait("a[href='/leads/import'].btn")
		seen("done")
		c.Open(base + "/leads/export")
		c.Fill("#reason", "دعوت‌نامهٔ نمایشگاه")
		seen("export")
	}
	c.Open(base + "/leads/import")
	if n := c.Count("tbody tr"); n != 4 {
		t.Errorf("%d imports are listed", n)
	}
	for _, problem := range c.Problems() {
		if !strings.Contains(problem, "422") {
			t.Error(problem)
		}
	}
}
