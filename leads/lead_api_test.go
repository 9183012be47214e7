package leads

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

func TestScriptsSayAndChangeWhoSomebodyIs(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.declare(sampleFields()...)
		s := h.site()
		status, lead := s.call("POST", "/api/v1/leads", map[string]any{
			"email": "Mina@Example.com", "first_name": "Mina", "stage": "lead", "tags": []string{"Café", "tehran"},
			"attributes": map[string]any{"cups": "۴", "birthday": "1370-1-1", "owns": []string{"Moka pot"}, "seen": []any{1, "a"}, "vip": nil},
		})
		if status != 201 || fmt.Sprint(lead["attributes"]) != "map[birthday:1991-03-21 cups:4 owns:[moka] seen:[1 a]]" || fmt.Sprint(lead["tags"]) != "[Café tehran]" {
			t.Fatalf("%d %v", status, lead)
		}
		status, again := s.call("POST", "/api/v1/leads", map[string]any{"email": "mina@example.com", "phone": "0912 123 4567", "external_id": "u1"})
		if status != 200 || again["id"] != lead["id"] || again["first_name"] != "Mina" || again["phone_e164"] != "+989121234567" {
			t.Fatalf("%d %v", status, again)
		}
		path := fmt.Sprintf("/api/v1/leads/%.0f", lead["id"])
		status, changed := s.call("PATCH", path, map[string]any{"stage": "customer", "phone": "", "attributes": map[string]any{"cups": nil, "vip": true}, "updated_at": again["updated_at"]})
		if status != 200 || changed["stage"] != "customer" || changed["phone"] != "" || fmt.Sprint(changed["attributes"]) != "map[birthday:1991-03-21 owns:[moka] seen:[1 a] vip:true]" {
			t.Fatalf("%d %v", status, changed)
		}
		h.clock.Advance(time.Minute)
		if status, _ := s.call("PATCH", path, map[string]any{"stage": "lead"}); status != 200 {
			t.Fatal(status)
		}
		if status, answer := s.call("PATCH", path, map[string]any{"stage": "other", "updated_at": changed["updated_at"]}); status != 409 {
			t.Errorf("a change of what has changed: %d %v", status, answer)
		}
		for _, c := range []struct {
			method, path string
			body         map[string]any
			status       int
			field        string
		}{
			{"POST", "/api/v1/leads", map[string]any{"first_name": "Nobody"}, 422, "email"},
			{"POST", "/api/v1/leads", map[string]any{"email": "x@example.com", "attributes": map[string]any{"cups": "many"}}, 422, "attributes.cups"},
			{"POST", "/api/v1/leads", map[string]any{"email": "x@example.com", "attributes": map[string]any{"email": "y"}}, 422, "attributes.email"},
			{"POST", "/api/v1/leads", map[string]any{"email": "not an address"}, 422, "email"},
			{"POST", "/api/v1/leads", map[string]any{"email": "x@example.com", "colour": "red"}, 422, "colour"},
			{"PATCH", path, map[string]any{"stage": "nonsense"}, 422, "stage"},
			{"PATCH", path, map[string]any{"email": "", "external_id": ""}, 422, "email"},
			{"PATCH", path, map[string]any{"attributes": map[string]any{"brew": "tea"}}, 422, "attributes.brew"},
			{"PATCH", "/api/v1/leads/999", map[string]any{"stage": "lead"}, 404, ""},
			{"POST", path + "/tags", map[string]any{"tags": []string{}}, 422, "tags"},
			{"POST", path + "/notes", map[string]any{"kind": "gossip", "text": "x"}, 422, "kind"},
		} {
			status, answer := s.call(c.method, c.path, c.body)
			fields, _ := answer["fields"].(map[string]any)
			if status != c.status || c.field != "" && fields[c.field] == nil {
				t.Errorf("%s %s %v: %d %v, want %d about %s", c.method, c.path, c.body, status, answer, c.status, c.field)
			}
		}
		events, _, _ := h.Timeline(t.Context(), int64(lead["id"].(float64)), 0, 20)
		var names []string
		for _, e := range events {
			names = append(names, e.Name)
		}
		if got := strings.Join(names, ","); got != "Lead Updated,Lead Updated,Lead Updated,Tag Added,Tag Added,Lead Created" {
			t.Errorf("the timeline is %s", got)
		}
	})
}

func TestScriptsReadListsPageByPage(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		l := h.upsert(&Profile{Email: "mina@example.com", Stage: "lead"}, &Profile{Email: "x@example.com", Stage: "customer"})[0]
		s := h.site()
		path := fmt.Sprintf("/api/v1/leads/%d", l.ID)
		if status, answer := s.call("POST", path+"/tags", map[string]any{"tags": []string{"b", "a", "c"}}); status != 200 || fmt.Sprint(answer["tags"]) != "[a b c]" {
			t.Fatalf("%d %v", status, answer)
		}
		if status, answer := s.call("DELETE", path+"/tags/"+url.PathEscape("B"), nil); status != 200 || fmt.Sprint(answer["tags"]) != "[a c]" {
			t.Fatalf("%d %v", status, answer)
		}
		for i := range 3 {
			if status, note := s.call("POST", path+"/notes", map[string]any{"kind": "call", "text": fmt.Sprint("call ", i), "at": start.Add(time.Duration(i-5) * time.Hour), "key": fmt.Sprint(i)}); status != 200 || note["kind"] != "call" {
				t.Fatalf("%d %v", status, note)
			}
		}
		if status, _ := s.call("PUT", "/api/v1/fields/cups", map[string]any{"label": map[string]string{"en": "Cups", "fa": "فنجان"}, "type": "number"}); status != 200 {
			t.Fatal(status)
		}
		if status, f := s.call("GET", "/api/v1/fields/cups", nil); status != 200 || f["type"] != "number" {
			t.Fatalf("%d %v", status, f)
		}
		for list, want := range map[string]int{
			path + "/notes?": 3, path + "/tags?": 2, "/api/v1/tags?": 3, "/api/v1/fields?": 1, "/api/v1/leads?": 2, "/api/v1/leads?stage=lead&": 1,
			"/api/v1/leads?tag=A&": 1, path + "/events?": 7, path + "/events?name=Note+Written&": 3,
		} {
			seen := 0
			for after := ""; ; {
				status, page := s.call("GET", list+"limit=1&after="+after, nil)
				if status != 200 {
					t.Fatalf("%s: %d %v", list, status, page)
				}
				data, _ := page["data"].([]any)
				seen += len(data)
				next, more := page["next"].(string)
				if !more {
					break
				}
				after = next
			}
			if seen != want {
				t.Errorf("%s has %d, want %d", list, seen, want)
			}
		}
		_, page := s.call("GET", path+"/notes", nil)
		notes := page["data"].([]any)
		note := fmt.Sprintf("%s/notes/%.0f", path, notes[0].(map[string]any)["id"])
		if status, _ := s.call("PUT", note, map[string]any{"kind": "call", "text": "another"}); status != 200 {
			t.Fatal(status)
		}
		if status, _ := s.call("DELETE", note, nil); status != 409 {
			t.Errorf("deleting an old version: %d", status)
		}
		if status, _ := s.call("GET", "/api/v1/leads?stage=nonsense", nil); status != 422 {
			t.Errorf("a stage that is none: %d", status)
		}
	})
}

func TestAFieldDoesNotBecomeWhatItsValuesAreNot(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.upsert(
			&Profile{Email: "a@example.com", Attributes: map[string]any{"size": "12"}}, &Profile{Email: "b@example.com", Attributes: map[string]any{"size": "a dozen"}},
			&Profile{Email: "c@example.com", Attributes: map[string]any{"size": 7.0}}, &Profile{Email: "d@example.com", Attributes: map[string]any{"size": true}},
			&Profile{Email: "e@example.com", Attributes: map[string]any{"size": []any{"x"}}}, &Profile{Email: "f@example.com", Attributes: map[string]any{"size": nil}},
		)
		size := func(kind string) *Field {
			return &Field{Kind: "field", Key: "size", Type: kind, Label: inBoth("اندازه", "Size")}
		}
		m, err := h.misfits(t.Context(), h.db.Read(), size(FieldNumber))
		if err != nil || m.Leads != 3 || m.Values != 5 || len(m.Examples) != 3 {
			t.Fatalf("%+v, %v", m, err)
		}
		h.declare(size(FieldText)) // new: takes what is there as it is
		err = h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error { return h.fields().Apply(ctx, tx, size(FieldNumber)) })
		if !errors.Is(err, errs.Conflict) || !strings.Contains(err.Error(), "3 leads") || !strings.Contains(err.Error(), "a dozen") {
			t.Errorf("a text became a number: %v", err)
		}
		renamed := size(FieldText)
		renamed.Label = inBoth("بزرگی", "Magnitude")
		h.declare(renamed) // whatever fits
		h.tx(func(ctx context.Context, tx db.Tx) error { return h.declareAnyway(ctx, tx, size(FieldNumber)) })
		fields, err := h.Fields(t.Context())
		if err != nil || fields.Fits("size", "a dozen") || !fields.Fits("size", "۱۲") || fields.Label("size", "en") != "Size" {
			t.Errorf("%+v, %v", fields, err)
		}
		if n, err := h.convert(t.Context(), size(FieldNumber)); err != nil || n != 1 {
			t.Errorf("%d converted, %v", n, err)
		}
		if l, _ := h.FindByEmail(t.Context(), h.db.Read(), "a@example.com"); l.Attributes["size"] != 12.0 || l.Folds["#size"] != 12.0 {
			t.Errorf("a text that is a number stayed a text: %v %v", l.Attributes, l.Folds)
		}
		if c, err := h.queue.Count(t.Context()); err != nil || c.Outstanding != 1 {
			t.Errorf("%+v jobs, %v: want one for the field", c, err)
		}
		s := h.site()
		if page := s.open("/leads/2"); !strings.Contains(page, "does not fit") {
			t.Error("a value that does not fit is not marked")
		}
	})
}

func (h house) declareAnyway(ctx context.Context, tx db.Tx, f *Field) error {
	return h.Service.declare(ctx, tx, f, true)
}
