package conditions_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

func locale(t *testing.T, lang i18n.Lang) i18n.Locale {
	t.Helper()
	catalog, err := i18n.Load(os.DirFS("../../templates/i18n"))
	if err != nil {
		t.Fatal(err)
	}
	return catalog.Locale(lang, time.UTC)
}

func read(t *testing.T, text string) (c conditions.Condition) {
	t.Helper()
	if err := yaml.UnmarshalWithOptions([]byte(text), &c, yaml.Strict()); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if err := c.Check(); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return c
}

// unmarked takes out the invisible marks of direction.
func unmarked(text string) string {
	return strings.NewReplacer("\u2068", "", "\u2069", "", "\u200e", "").Replace(text)
}

func TestEveryConditionIsSaidInBothLanguages(t *testing.T) {
	en, fa := locale(t, i18n.English), locale(t, i18n.Persian)
	names := conditions.Names{Fields: map[string]string{"cups": "فنجان در روز"}, Segments: map[string]string{"loyal": "وفادارها"},
		Variants: map[string]conditions.VariantName{"promise/b": {Experiment: "قول", Variant: "با عدد"}}}
	for _, c := range []struct{ text, en, fa string }{
		{"{}", "everybody", "همه"},
		{"{all: []}", "everybody", "همه"},
		{"{any: []}", "nobody", "هیچ‌کس"},
		{"{not: {any: []}}", "everybody", "همه"},
		{"{field: city, one_of: []}", "nobody", "هیچ‌کس"},
		{"{variant: promise/b}", "was shown version با عدد of the experiment قول", "نسخهٔ «با عدد» از آزمایش «قول» را دیده است"},
		{"{field: city, is: كرج}", "city is كرج", "city «كرج» است"},
		{"{field: language, is: fa}", "the language is Persian", "زبان فارسی است"},
		{"{not: {field: stage, is: customer}}", "the stage is not customer", "مرحله مشتری نیست"},
		{"{field: cups, is: 4}", "فنجان در روز is 4", "فنجان در روز ۴ است"},
		{"{field: vip, is: true}", "vip is yes", "vip بله است"},
		{"{field: relation, one_of: [prospect, partner]}", "the relation is one of prospect, partner", "رابطه یکی از این‌هاست: مشتری احتمالی، شریک تجاری"},
		{"{field: email, known: true}", "email is known", "ایمیل معلوم است"},
		{"{not: {field: email, known: true}}", "email is not known", "ایمیل معلوم نیست"},
		{"{not: {field: email, known: false}}", "email is known", "ایمیل معلوم است"},
		{"{field: email, contains: gmail}", "email contains gmail", "ایمیل شامل «gmail» است"},
		{"{field: email, starts_with: info}", "email starts with info", "ایمیل با «info» آغاز می‌شود"},
		{"{field: cups, at_least: 3}", "فنجان در روز is at least 3", "فنجان در روز دست‌کم ۳ است"},
		{"{field: cups, at_least: 3, at_most: 5}", "فنجان در روز is between 3 and 5", "فنجان در روز بین ۳ و ۵ است"},
		{"{not: {field: cups, at_most: 3}}", "فنجان در روز is not 3 or less", "فنجان در روز حداکثر ۳ نیست"},
		{"{field: born, at_least: 2000-03-20}", "born is 20 Mar 2000 or later", "born ۱ فروردین ۱۳۷۹ یا پس از آن است"},
		{"{field: created_at, at_most: 2026-03-21T10:00:00Z}", "the first contact is 21 Mar 2026, 10:00 or earlier", "نخستین تماس ۱ فروردین ۱۴۰۵، ۱۰:۰۰ یا پیش از آن است"},
		{"{field: created_at, within: 30d}", "the first contact lies within the last 30 days", "نخستین تماس در ۳۰ روز گذشته است"},
		{"{event: Order Completed}", "Placed an order", "سفارش داد"},
		{"{not: {event: Order Completed}}", "never: Placed an order", "هیچ‌گاه پیش نیامده: سفارش داد"},
		{"{event: Order Completed, times: 2, within: 30d, where: {shop: online, total: {at_least: 100}}}",
			"Placed an order (shop: online, total is at least 100) at least 2 times within the last 30 days", "در ۳۰ روز گذشته دست‌کم ۲ بار: سفارش داد (shop: online، total دست‌کم ۱۰۰ است)"},
		{"{not: {event: Webinar, within: 1w}}", "not within the last 7 days: Webinar", "در ۷ روز گذشته پیش نیامده: Webinar"},
		{"{not: {event: Webinar, times: 3}}", "fewer than 3 times: Webinar", "کمتر از ۳ بار: Webinar"},
		{"{tag: VIP}", "is tagged VIP", "برچسب «VIP» دارد"},
		{"{not: {tag: همکار}}", "is not tagged همکار", "برچسب «همکار» ندارد"},
		{"{segment: loyal}", "is in the segment وفادارها", "در بخش «وفادارها» است"},
		{"{segment: new}", "is in the segment new", "در بخش «new» است"},
		{"{consent: marketing}", "has agreed to marketing", "به پیام‌های تبلیغاتی رضایت داده است"},
		{"{not: {consent: marketing/sms}}", "has not agreed to marketing by SMS", "به پیام‌های تبلیغاتی از راه پیامک رضایت نداده است"},
		{"{grade: A}", "has the grade A", "رتبهٔ «A» دارد"},
		{"{variant: page/b}", "was shown version b of the experiment page", "نسخهٔ b از آزمایش page را دیده است"},
		{"{points: 1}", "has at least 1 point", "دست‌کم ۱ امتیاز دارد"},
		{"{not: {points: 1200}}", "has fewer than 1,200 points", "کمتر از ۱٬۲۰۰ امتیاز دارد"},
		{"{score: 50}", "has a score of at least 50", "نمرهٔ دست‌کم ۵۰ دارد"},
		{"{all: [{tag: a}, {any: [{tag: b}, {tag: c}]}]}", "is tagged a and (is tagged b or is tagged c)", "برچسب «a» دارد و (برچسب «b» دارد یا برچسب «c» دارد)"},
		{"{not: {all: [{tag: a}, {tag: b}]}}", "not (is tagged a and is tagged b)", "نه (برچسب «a» دارد و برچسب «b» دارد)"},
	} {
		condition := read(t, c.text)
		if got := unmarked(condition.SayWith(en, names)); got != c.en {
			t.Errorf("%s:\n got %s\nwant %s", c.text, got, c.en)
		}
		if got := unmarked(condition.SayWith(fa, names)); got != c.fa {
			t.Errorf("%s:\n got %s\nwant %s", c.text, got, c.fa)
		}
	}
}

func TestWhatIsWrongIsSaidInBothLanguages(t *testing.T) {
	en, fa := locale(t, i18n.English), locale(t, i18n.Persian)
	for _, c := range []struct{ text, en, fa string }{
		{"{event: a, times: 10001}", "times: 10000 is the most", "شمار دفعه‌ها حداکثر ۱۰۰۰۰ است"},
		{"{all: [{tag: a}, {field: a}]}", "all[1]: field a: needs exactly one of", "all[1]: field a: درست یکی از این‌ها را می‌خواهد"},
		{"{event: a, where: {b: {at_least: soon}}}", "where.b: at_least: soon is neither", "where.b: در at_least، مقدار soon نه عدد است نه تاریخ"},
		{"{segment: \" a\"}", "write the segment's key", "شناسهٔ بخش را بنویسید"},
		{"{tag: a, segment: b}", "only one of all", "اینجا تنها یکی از این‌ها می‌آید"},
		{"{times: 2}", "where and times need an event", "where و times در کنار event می‌آیند"},
		{"{consent: a/b/c}", "marketing or marketing/email", "هدف را بنویسید"},
		{"{field: a, is: \"\"}", "an empty value", "مقدار is خالی است"},
	} {
		var condition conditions.Condition
		if err := yaml.Unmarshal([]byte(c.text), &condition); err != nil {
			t.Fatal(err)
		}
		err := condition.Check()
		if got := unmarked(conditions.SayError(en, err)); !strings.Contains(got, c.en) {
			t.Errorf("%s: %s\nwant %s", c.text, got, c.en)
		}
		if got := unmarked(conditions.SayError(fa, err)); !strings.Contains(got, c.fa) {
			t.Errorf("%s: %s\nwant %s", c.text, got, c.fa)
		}
	}
}
