package transfer

import (
	"archive/zip"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/leads/transfer/sheet"
)

func TestAMailchimpArchiveComesInWhole(t *testing.T) {
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for _, name := range []string{"subscribed", "unsubscribed", "cleaned"} {
		name += "_members_export_7c1f0a2b3d.csv"
		w, err := z.Create("members_export_7c1f0a2b3d/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(testdata(t, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	eachHouse(t, func(t *testing.T, h house) {
		h.employ()
		im := h.bring("audience.zip", archive.String(), Plan{})
		if im.State != Mapping || im.Found.Origin != Mailchimp || im.Rows != 5 || len(im.Found.Parts) != 3 {
			t.Fatalf("found %+v, %d rows", im.Found, im.Rows)
		}
		im = h.rehearse(im, func(p *Plan) { p.Consent, p.Tags = given, []string{"from Mailchimp"} })
		want := Tally{New: 5, Consents: 3, Withdrawn: 2}
		if diff := cmp.Diff(want, im.Tally); diff != "" || h.count("leads") != 0 || h.count("consents") != 0 {
			t.Fatalf("dry run: %s; %d leads", diff, h.count("leads"))
		}
		im = h.finish(im)
		if diff := cmp.Diff(want, im.Tally); diff != "" {
			t.Errorf("import: %s", diff)
		}
		sara := h.lead("sara@example.com")
		if sara.FirstName != "سارا" || sara.PhoneNorm != "+989121234567" || sara.Country != "IR" || sara.TimeZone != "Asia/Tehran" ||
			sara.Attributes["mailchimp_rating"] != 4.0 || sara.Attributes["address"] != "تهران، خیابان ولیعصر" {
			t.Errorf("lead %+v", sara)
		}
		tags, err := h.leads.Tags(t.Context(), h.db.Read(), sara.ID)
		if err != nil || !slices.Equal(tags, []string{"coffee", "from Mailchimp", "VIP customer"}) {
			t.Errorf("tags %q, %v", tags, err)
		}
		consents, err := h.leads.Consents(t.Context(), sara.ID)
		if err != nil || len(consents) != 1 || consents[0].Words != given.Words || !consents[0].At.Equal(time.Date(2023, 2, 3, 10, 12, 0, 0, time.UTC)) {
			t.Errorf("consents %+v, %v", consents, err)
		}
		may, err := h.leads.MayContact(t.Context(), h.db.Read(), "email", []int64{sara.ID, h.lead("gone@example.com").ID, h.lead("dead@example.com").ID})
		if err != nil || len(may) != 3 || !may[sara.ID] || may[h.lead("gone@example.com").ID] {
			t.Errorf("may %v, %v", may, err)
		}
		if !slices.Equal(h.lists.unsubscribed, []string{"gone@example.com"}) || !slices.Equal(h.lists.bounced, []string{"dead@example.com"}) {
			t.Errorf("kept off: %v, %v", h.lists.unsubscribed, h.lists.bounced)
		}
		events, _, err := h.leads.Timeline(t.Context(), sara.ID, 0, 10)
		if err != nil || len(events) != 1 || events[0].Name != EventImported || events[0].Properties["import"] != "audience.zip" {
			t.Errorf("timeline %+v, %v", events, err)
		}
		if h.count("import_chunks")+h.count("import_blocks") != 0 {
			t.Error("the file is still there")
		}
		// The same file again changes who they are, and subscribes nobody twice or again.
		again := h.finish(h.rehearse(h.bring("audience.zip", archive.String(), Plan{}), func(p *Plan) { p.Consent = given }))
		if diff := cmp.Diff(Tally{Updated: 5, Kept: 2}, again.Tally); diff != "" {
			t.Errorf("again: %s", diff)
		}
		if got := h.consents(sara.ID); len(got) != 1 {
			t.Errorf("consents %v", got)
		}
	})
}

func TestExportsOfOtherToolsAreRecognised(t *testing.T) {
	for _, c := range []struct {
		file   string
		origin Origin
		tally  Tally
		email  string
		want   leads.Lead
	}{
		{"hubspot-contacts.csv", HubSpot, Tally{New: 3, Consents: 2, Withdrawn: 1}, "g.perrin@example.fr", leads.Lead{
			FirstName: "Gaëlle", LastName: "Perrin", PhoneNorm: "+33450112233", Country: "FR", Stage: "marketing_qualified",
			Attributes: map[string]any{"hubspot_id": 901.0, "hubspot_owner": "Inès Moreau", "lead_status": "New", "associated_company": "Fromagerie Perrin", "hubspot_created": "2024-03-12T09:14:00Z"},
		}},
		{"mautic-contacts.csv", Mautic, Tally{New: 2, Consents: 1, Withdrawn: 1}, "nadia@example.org", leads.Lead{
			FirstName: "Nadia", LastName: "Chérif", PhoneNorm: "+33612345678", Country: "FR", Language: "fr", TimeZone: "Europe/Paris",
			Attributes: map[string]any{"mautic_id": 11.0, "mautic_points": 120.0, "mautic_stage": "Warm", "title": "Ms", "company": "Exemple SARL",
				"position": "Buyer", "address1": "1 rue de Lyon", "city": "Lyon", "zipcode": 69000.0},
		}},
		{"listmonk-subscribers.csv", Listmonk, Tally{New: 3, Consents: 1, Withdrawn: 1}, "anna@example.net", leads.Lead{
			FirstName: "Anna", LastName: "Lopez", Attributes: map[string]any{"listmonk_uuid": "5e91dda1-1c16-467d-9bf9-2a21bf22ae21",
				"city": "Tehran", "orders": 3.0, "vip": true, "likes": []any{"tea", "coffee"}},
		}},
	} {
		t.Run(c.file, func(t *testing.T) {
			eachHouse(t, func(t *testing.T, h house) {
				h.employ()
				im := h.bring(c.file, string(testdata(t, c.file)), Plan{})
				if im.Found.Origin != c.origin {
					t.Fatalf("taken for %q", im.Found.Origin)
				}
				im = h.finish(h.rehearse(im, func(p *Plan) { p.Consent = given }))
				if diff := cmp.Diff(c.tally, im.Tally); diff != "" {
					t.Error(diff)
				}
				got := h.lead(c.email)
				if diff := cmp.Diff(c.want, leads.Lead{FirstName: got.FirstName, LastName: got.LastName, PhoneNorm: got.PhoneNorm, Country: got.Country,
					Stage: got.Stage, Language: got.Language, TimeZone: got.TimeZone, Attributes: got.Attributes}); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestAListOfNoParticularToolIsMappedByItsPersianHeader(t *testing.T) {
	const list = "نام,نام خانوادگی,ایمیل,موبایل,تاریخ تولد,خبرنامه,مبلغ خرید,برچسب‌ها\n" +
		"سارا,احمدی,sara@example.com,۰۹۱۲۱۲۳۴۵۶۷,۱۳۷۰/۰۱/۰۲,بله,۱٬۲۵۰٬۰۰۰,قهوه، چای\n" +
		"علي,رضايي,۱ali@example.com,٠٩١٢١٢٣٤٥٦٨,1991-03-22,خیر,۳٫۵,\n" +
		"بد,ایمیل,not-an-address,,,,,\n" +
		"کوتاه,شده,x@example.com,9.89E+11,,,,\n" +
		"هیچ,نشانی,,,,,,\n"
	eachHouse(t, func(t *testing.T, h house) {
		h.employ()
		im := h.rehearse(h.bring("مشتریان.csv", list, Plan{}), nil)
		if diff := cmp.Diff(Tally{New: 2, Refused: 3, Reasons: map[string]int64{refuseEmail: 1, refuseExponent: 1, refuseNobody: 1}}, im.Tally); diff != "" {
			t.Fatal(diff)
		}
		h.finish(im)
		sara := h.lead("sara@example.com")
		if diff := cmp.Diff(map[string]any{"تاریخ_تولد": "1991-03-22", "خبرنامه": true, "مبلغ_خرید": 1250000.0}, sara.Attributes); diff != "" {
			t.Error(diff)
		}
		ali := h.lead("1ali@example.com")
		if ali.FirstName != "علي" || ali.PhoneNorm != "+989121234568" || sara.PhoneNorm != "+989121234567" || ali.Attributes["خبرنامه"] != false {
			t.Errorf("what was typed must stay as typed: %+v", ali)
		}
		if tags, _ := h.leads.Tags(t.Context(), h.db.Read(), sara.ID); len(tags) != 2 {
			t.Errorf("tags %v", tags)
		}
		rows, _, err := h.Refusals(t.Context(), im.ID, 0, 10)
		if err != nil || len(rows) != 3 || rows[1].Line != 5 || rows[1].Field != "موبایل" || rows[1].Cells[3] != "9.89E+11" {
			t.Errorf("refusals %+v, %v", rows, err)
		}
		if may, err := h.leads.MayContact(t.Context(), h.db.Read(), "email", []int64{sara.ID}); err != nil || len(may) != 0 {
			t.Errorf("consent out of nowhere: %v, %v", may, err)
		}
	})
}

func TestKnownPeopleAreUpdatedOrSkipped(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.employ()
		const first = "email,first_name,city\nsara@example.com,Sara,Tehran\nomid@example.com,Omid,Shiraz\n"
		h.finish(h.rehearse(h.bring("a.csv", first, Plan{}), nil))
		const second = "email,first_name,city\nSARA@example.com,,Yazd\nnew@example.com,New,Qom\nsara@example.com,Again,\n"
		im := h.rehearse(h.bring("b.csv", second, Plan{}), func(p *Plan) { p.Mode, p.Tags = ModeSkip, []string{"b"} })
		if diff := cmp.Diff(Tally{New: 1, Skipped: 1, Repeats: 1}, im.Tally); diff != "" {
			t.Error("rehearsal to skip: ", diff)
		}
		if diff := cmp.Diff(Tally{New: 1, Skipped: 1, Repeats: 1}, h.finish(im).Tally); diff != "" {
			t.Error("skipping: ", diff)
		}
		sara := h.lead("sara@example.com")
		if tags, _ := h.leads.Tags(t.Context(), h.db.Read(), sara.ID); sara.Attributes["city"] != "Tehran" || len(tags) != 0 {
			t.Errorf("skipped, and yet changed: %+v, tags %v", sara, tags)
		}
		im = h.rehearse(h.bring("b.csv", second, Plan{}), nil)
		if diff := cmp.Diff(Tally{Updated: 2, Repeats: 1}, h.finish(im).Tally); diff != "" {
			t.Error("updating: ", diff)
		}
		if sara = h.lead("sara@example.com"); sara.FirstName != "Again" || sara.Attributes["city"] != "Yazd" || h.count("leads") != 3 {
			t.Errorf("updated to %+v", sara)
		}
	})
}

func TestConsentMustBeStated(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.employ()
		im := h.bring("a.csv", "email\nsara@example.com\n", Plan{})
		for want, consent := range map[string]Consent{
			"consent": {}, "words": {Choice: ConsentGiven, Source: "x", Basis: "consent", Date: "2024-01-01"},
			"source": {Choice: ConsentGiven, Words: "x", Basis: "consent", Date: "2024-01-01"},
			"basis":  {Choice: ConsentGiven, Words: "x", Source: "x", Date: "2024-01-01"},
			"date":   {Choice: ConsentGiven, Words: "x", Source: "x", Basis: "consent", Date: "2124-01-01"},
		} {
			plan := im.Plan
			plan.Consent = consent
			if err := h.Map(t.Context(), im.ID, plan); err == nil || !strings.Contains(err.Error(), want+":") {
				t.Errorf("%+v: %v, want %s", consent, err, want)
			}
		}
		if im, err := h.Find(t.Context(), im.ID); err != nil || im.State != Mapping {
			t.Errorf("%v, %v", im.State, err)
		}
	})
}

func TestAFileThatCannotBeReadFailsWithTheReason(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.employ()
		im := h.bring("a.csv", "email,name\n1,\"2\n3,4\n5,6\n", Plan{})
		if im.State != Failed || im.Fault == nil || im.Fault.Code != sheet.FaultQuote || im.Fault.Line != 2 {
			t.Errorf("state %s, fault %+v", im.State, im.Fault)
		}
		status, text, _ := h.site()("GET", "/api/v1/imports/1", "")
		wants(t, "for a script", status, 200, text, `"fault":{"code":"quote","line":2}`)
		for name, content := range map[string]string{"bad.xlsx": "this is no workbook", "bad.zip": "\x01\x02\x03\x04\x05"} {
			if im := h.bring(name, content, Plan{}); im.Fault == nil || im.Fault.Code != sheet.FaultBroken {
				t.Errorf("%s: fault %+v", name, im.Fault)
			}
		}
		h.told()
	})
}

func TestPauseResumeAndCancel(t *testing.T) {
	var list strings.Builder
	list.WriteString("email\n")
	for i := range 5 * blockRows {
		fmt.Fprintf(&list, "person%d@example.com\n", i)
	}
	eachHouse(t, func(t *testing.T, h house) {
		h.employ()
		im := h.rehearse(h.bring("a.csv", list.String(), Plan{}), nil)
		if err := h.Start(t.Context(), im.ID); err != nil {
			t.Fatal(err)
		}
		if err := h.Pause(t.Context(), im.ID); err != nil {
			t.Fatal(err)
		}
		paused := h.until(im.ID, Paused)
		if paused.Done != int64(h.count("leads")) || paused.Tally.New != paused.Done {
			t.Errorf("%d done, %d leads, tally %+v", paused.Done, h.count("leads"), paused.Tally)
		}
		if err := h.Resume(t.Context(), im.ID); err != nil {
			t.Fatal(err)
		}
		if done := h.until(im.ID, Done); done.Tally.New != 5*blockRows || h.count("leads") != 5*blockRows {
			t.Errorf("tally %+v, %d leads", done.Tally, h.count("leads"))
		}
		if err := h.Cancel(t.Context(), im.ID); err == nil {
			t.Error("what is done cannot be cancelled")
		}
		other := h.rehearse(h.bring("b.csv", list.String(), Plan{}), nil)
		if err := h.Cancel(t.Context(), other.ID); err != nil {
			t.Fatal(err)
		}
		h.told()
	})
}

func TestWhoWasErasedDoesNotComeBackWithAnOldList(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.employ()
		const list = "email,country\nsara@example.com,IR\nsara@example.com,Atlantis\nomid@example.com,Atlantis\n"
		im := h.finish(h.rehearse(h.bring("a.csv", list, Plan{}), nil))
		if im.Tally.Refused != 2 {
			t.Fatalf("tally %+v", im.Tally)
		}
		if _, err := h.leads.Erase(t.Context(), leads.EraseRequest{LeadID: h.lead("sara@example.com").ID, Reason: "asked for it", By: "team@example.com"}); err != nil {
			t.Fatal(err)
		}
		rows, _, err := h.Refusals(t.Context(), im.ID, 0, 10)
		if err != nil || len(rows) != 1 || rows[0].Cells[0] != "omid@example.com" {
			t.Errorf("refused rows %+v, %v", rows, err)
		}
		for _, part := range im.Found.Parts {
			if part.Samples != nil {
				t.Errorf("samples of people are kept: %q", part.Samples)
			}
		}
		again := h.rehearse(h.bring("a.csv", list, Plan{}), nil)
		if again.Tally.Reasons[refuseErased] != 1 || again.Tally.New != 0 || h.finish(again).Tally.New != 0 {
			t.Errorf("again: %+v", again.Tally)
		}
	})
}

func TestAWorkbookComesIn(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.employ()
		f := excelize.NewFile()
		defer f.Close()
		for i, row := range [][]any{
			{"ایمیل", "موبایل", "تولد", "شهر"},
			{"sara@example.com", 989121234567, time.Date(1991, 3, 22, 0, 0, 0, 0, time.UTC), "تهران"},
			{"omid@example.com", 9121234568, "۱۳۷۰/۰۱/۰۲", ""},
		} {
			cell, err := excelize.CoordinatesToCellName(1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.SetSheetRow("Sheet1", cell, &row); err != nil {
				t.Fatal(err)
			}
		}
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		im := h.finish(h.rehearse(h.bring("people.xlsx", b.String(), Plan{}), nil))
		sara, omid := h.lead("sara@example.com"), h.lead("omid@example.com")
		if im.Tally.New != 2 || sara.PhoneNorm != "+989121234567" || sara.Attributes["تولد"] != "1991-03-22" || omid.PhoneNorm != "+989121234568" || omid.Attributes["تولد"] != "1991-03-22" {
			t.Errorf("tally %+v, leads %+v, %+v", im.Tally, sara, omid)
		}
	})
}
