package content_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sarnakh/sarnakh/campaigns/content"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// mail is the smallest e-mail around one text.
func mail(text string) content.Email {
	return content.Email{
		Name: i18n.Plain("x"), Subject: i18n.Text{i18n.English: "x"},
		Blocks: []content.Block{{Text: i18n.Text{i18n.English: text}}},
	}
}

func TestWhatAnEmailDoesNotNeedIsRefusedWithItsPlace(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"reading files", `{% include "/etc/passwd" %}`, "{% include %} is not for e-mails"},
		{"loops", `{% for i in (1..99999999) %}x{% endfor %}`, "{% for %} is not"},
		{"ranges", `{{ (1..99999999) }}`, "only names, comparisons"},
		{"assign", `{% assign x = 1 %}`, "{% assign %} is not"},
		{"capture", `{% capture x %}a{% endcapture %}`, "{% capture %} is not"},
		{"raw", `{% raw %}{{ x }}{% endraw %}`, "{% raw %} is not"},
		{"comment", `{% comment %}x{% endcomment %}`, "{% comment %} is not"},
		{"hidden assign", `{% if %assign x = 1 %}{% endif %}`, "only names, comparisons"},
		{"two statements", `{{ points; %loop i in lead }}`, "only names, comparisons"},
		{"open braces", `Hello {{ lead.first_name`, "braces are not closed"},
		{"lone braces", `Hello }}`, "braces are not closed"},
		{"open tag", `{% if points`, "braces are not closed"},
		{"no endif", `{% if points %}x`, "not closed by {% endif %}"},
		{"no if", `x{% endif %}`, "has no beginning"},
		{"deep", strings.Repeat(`{% if points %}`, 9) + strings.Repeat(`{% endif %}`, 9), "deep"},
		{"unknown filter", `{{ points | json }}`, `there is no filter "json"`},
		{"unknown name", `{{ user.first_name }}`, `"user" is unknown`},
		{"misspelt", `{{ lead.first_name | defalt: "x" }}`, `there is no filter "defalt"`},
		{"our own filter", `{{ points | sarnakh_as_url }}`, "there is no filter"},
		{"huge number", `{% if points > 99999999999999999999999 %}x{% endif %}`, "cannot be read"},
		{"wrong order", `{{ | default: "x" }}`, "cannot be read"},
		{"too long", strings.Repeat("x", 20_001), "longer than"},
		{"NUL", "a\x00b", "NUL"},
		{"script address", `[x](javascript:alert(1))`, "an address begins with https://"},
		{"value as host", `[x](https://{{ lead.site }}/)`, "an address begins with https://"},
		{"value as address", `[x]({{ lead.site }})`, "an address begins with https://"},
		{"value behind our host", `[x]({{ site }}{{ lead.site }})`, "an address begins with https://"},
		{"value behind a host", `[x](https://shop.example{{ lead.site }})`, "an address begins with https://"},
		{"filtered host", `[x]({{ site | default: lead.site }}/)`, "an address begins with https://"},
		{"half a host", `[x](https://shop.{{ lead.site }}/)`, "an address begins with https://"},
	} {
		t.Run(c.name, func(t *testing.T) {
			fields, ok := errs.AsFields(mail(c.text).Check())
			if got := fields["blocks[0].text"]; !ok || !strings.Contains(got, c.want) {
				t.Errorf("got %v, want %q", fields, c.want)
			}
		})
	}
}

func TestBlocksSayWhatTheyLack(t *testing.T) {
	e := content.Email{Blocks: []content.Block{
		{},
		{Divider: true, Points: true},
		{Button: &content.Button{}},
		{Image: &content.Image{Src: i18n.Plain("ftp://x"), Alt: i18n.Plain("x")}},
	}, Subject: i18n.Plain("{{ x }}")}
	fields, _ := errs.AsFields(e.Check())
	for _, path := range []string{"subject", "blocks[0]", "blocks[1]", "blocks[2].button.label", "blocks[2].button.url", "blocks[3].image.src"} {
		if fields[path] == "" {
			t.Errorf("nothing is said about %s: %v", path, fields)
		}
	}
}

func render(t testing.TB, e content.Email, r content.Reader) content.Message {
	t.Helper()
	m, err := compile(t, e, locale(t, i18n.English)).Render(r, brand, content.Links{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWhatPeopleSayOfThemselvesIsNeverMarkup(t *testing.T) {
	evil := `<script>x</script> **b** [win](https://evil.example) \`
	e := mail(`Hello {{ lead.first_name }}, [go](https://shop.example/?n={{ lead.first_name }})`)
	e.Subject = i18n.Text{i18n.English: "Hi {{ lead.first_name }}"}
	m := render(t, e, content.Reader{Lead: map[string]any{"first_name": evil + "\r\nBcc: x@example.com"}})
	for _, bad := range []string{"<script>x", "<strong", `href="https://evil`} {
		if strings.Contains(m.HTML, bad) {
			t.Errorf("the HTML part has %s", bad)
		}
	}
	if want := `Hi ` + evil + ` Bcc: x@example.com`; m.Subject != want {
		t.Errorf("the subject is %q, want %q", m.Subject, want)
	}
	if !strings.Contains(m.Text, "Hello "+evil) {
		t.Errorf("the text part changed what was said:\n%s", m.Text)
	}
	if !strings.Contains(m.Text, "(https://shop.example/?n=%3Cscript%3E") {
		t.Errorf("the address is not escaped:\n%s", m.Text)
	}
}

func TestAnyNameComesThroughUnchangedInText(t *testing.T) {
	letter := compile(t, mail("Hello {{ lead.first_name }}!"), locale(t, i18n.English))
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[\pL\pN*_\\\[\]()<>&"'-]([\pL\pN *_\\\[\]()<>&"'{}%|-]{0,30}[\pL\pN*_\\\[\]()<>&"'{}%|-])?`).
			Filter(func(s string) bool { return strings.Join(strings.Fields(s), " ") == s }).Draw(t, "name")
		m, err := letter.Render(content.Reader{Lead: map[string]any{"first_name": name}}, brand, content.Links{})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(m.Text, "Hello "+name+"!\n") {
			t.Fatalf("%q became %q", name, m.Text)
		}
	})
}

func TestMergeTagsSpeakTheReadersLanguage(t *testing.T) {
	e := content.Email{
		Name: i18n.Plain("x"), Subject: i18n.Plain("{{ points }}"),
		Blocks: []content.Block{{Text: i18n.Plain(`{{ lead.first_name | default: "-" }} {{ offer.expires_at }} {{ lead.first_name | upcase | truncate: 3 }}`)}},
	}
	m, err := compile(t, e, locale(t, i18n.Persian)).Render(content.Reader{
		Points: 12500, Offer: &content.Offer{ExpiresAt: content.SampleReader(i18n.Persian, "").Offer.ExpiresAt},
	}, brand, content.Links{})
	if err != nil {
		t.Fatal(err)
	}
	if m.Subject != "۱۲٬۵۰۰" || !strings.HasPrefix(m.Text, "- ۲۹ آذر ۱۴۰۵") {
		t.Errorf("got %q and %q", m.Subject, m.Text)
	}
	if m := render(t, e, content.Reader{Lead: map[string]any{"first_name": "Sepideh"}, Points: 5}); m.Subject != "5" || !strings.HasPrefix(m.Text, "Sepideh  SEP…") {
		t.Errorf("got %q and %q", m.Subject, m.Text)
	}
}

func TestEveryLinkIsTrackedInBothParts(t *testing.T) {
	letter := compile(t, read(t, "offer.yaml"), locale(t, i18n.English))
	var tracked []string
	m, err := letter.Render(content.SampleReader(i18n.English, "https://bamdad.example"), brand, content.Links{
		Track:       func(url string) string { tracked = append(tracked, url); return "https://t.example/" },
		Unsubscribe: "https://t.example/u",
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(tracked) != 3 || strings.Contains(m.HTML, `href="https://bamdad`) || strings.Contains(m.Text, "https://bamdad") {
		t.Errorf("tracked %q", tracked)
	}
}

func TestOfferBlockWithoutOfferShowsNothing(t *testing.T) {
	e := mail("x")
	e.Blocks = append(e.Blocks, content.Block{Offer: true})
	if !e.ShowsOffer() {
		t.Error("the e-mail does not say that it shows an offer")
	}
	if m := render(t, e, content.Reader{}); strings.Contains(m.HTML, "dashed") {
		t.Error("an empty box is shown")
	}
}

func TestEmailThatLeadsToAnOfferNeedsOne(t *testing.T) {
	e := mail("[See it]({{ offer.url }}?from=mail)")
	if !e.ShowsOffer() {
		t.Error("the e-mail does not say that it needs an offer")
	}
	if m := render(t, e, content.SampleReader(i18n.English, "https://shop.example")); !strings.Contains(m.Text, "https://shop.example/o/GIFT-7K2M?from=mail") {
		t.Errorf("it leads elsewhere:\n%s", m.Text)
	}
}

func TestOutputIsBounded(t *testing.T) {
	letter := compile(t, mail(strings.Repeat("{{ lead.about }}", 100)), locale(t, i18n.English))
	_, err := letter.Render(content.Reader{Lead: map[string]any{"about": strings.Repeat("x", 2000)}}, brand, content.Links{})
	if err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("got %v", err)
	}
}

func TestCheckNeverPanics(t *testing.T) {
	pieces := []string{"{{", "}}", "{%", "%}", "if ", "endif", "lead", ".", "|", "default", ":", `"`, "'", "x", " ", "points", "<", "==", "and", "(", "..", "[", "](", ")", "**", "\\", "-", "unless", "endunless", "else", "elsif", "9", "\n", "site"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 25).Draw(t, "pieces"), "")
		e := mail(text)
		e.Blocks = append(e.Blocks, content.Block{Button: &content.Button{Label: i18n.Plain("x"), URL: i18n.Plain("https://x.example/" + text)}})
		_ = e.Check()
	})
}

func BenchmarkRender(b *testing.B) {
	letter := compile(b, read(b, "offer.yaml"), locale(b, i18n.Persian))
	r := content.SampleReader(i18n.Persian, "https://bamdad.example")
	for b.Loop() {
		if _, err := letter.Render(r, brand, links); err != nil {
			b.Fatal(err)
		}
	}
}
