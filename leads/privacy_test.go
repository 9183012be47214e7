package leads

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/secure"
)

func TestAMarketerMergesComparesAndTakesItBack(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		s := h.site()
		kept := h.upsert(&Profile{Email: "sara@example.com", FirstName: "Sara", Phone: "09121112233", Attributes: map[string]any{"city": "Tehran"}})[0]
		gone := h.upsert(&Profile{Email: "sara@work.example", FirstName: "سارا", Phone: "+98 912 111 2233", Attributes: map[string]any{"city": "Shiraz"}})[0]
		if err := h.findDuplicates(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, s.lang = range []string{"fa", "en"} {
			if text := s.open("/leads/duplicates"); !strings.Contains(text, "sara@work.example") || !strings.Contains(text, fmt.Sprintf("/leads/%d/merge?with=%d", kept.ID, gone.ID)) {
				t.Errorf("the pair is not offered: %s", text)
			}
			if text := s.open(fmt.Sprintf("/leads/%d/merge", kept.ID)); !strings.Contains(text, fmt.Sprintf("with=%d", gone.ID)) {
				t.Error("who may be the same is not offered")
			}
			if text := s.open(fmt.Sprintf("/leads/%d/merge?with=nobody@example.com", kept.ID)); !strings.Contains(text, "nobody@example.com") {
				t.Error("nobody is not told")
			}
			for _, with := range []string{strconv.FormatInt(gone.ID, 10), "SARA@work.example"} {
				text := s.open(fmt.Sprintf("/leads/%d/merge?with=%s", kept.ID, url.QueryEscape(with)))
				if !strings.Contains(text, `name="f.first_name" value="other"`) || !strings.Contains(text, `name="f.attributes.city"`) {
					t.Errorf("by %s nothing is to be chosen", with)
				}
			}
		}
		status, _, to := s.post(fmt.Sprintf("/leads/%d/merge", kept.ID), url.Values{"other": {fmt.Sprint(gone.ID)}, "f.first_name": {"other"}, "f.attributes.city": {"this"}})
		if status != http.StatusSeeOther || to != fmt.Sprintf("/leads/%d", kept.ID) {
			t.Fatalf("merged: %d %s", status, to)
		}
		if l, err := h.Find(t.Context(), h.db.Read(), kept.ID); err != nil || l.FirstName != "سارا" || l.Attributes["city"] != "Tehran" {
			t.Errorf("merged: %+v, %v", l, err)
		}
		for _, path := range []string{"", "/privacy", "/merge", "/erase", "/export", "/proof"} {
			if status, _, to := s.ask("GET", fmt.Sprintf("/leads/%d%s", gone.ID, path), "", ""); status != http.StatusSeeOther || to != fmt.Sprintf("/leads/%d", kept.ID) {
				t.Errorf("%s of the lead that is gone: %d %s", path, status, to)
			}
		}
		if text := s.open(fmt.Sprintf("/leads/%d/privacy", kept.ID)); !strings.Contains(text, "/merges/1/undo") {
			t.Error("the undoing is not offered")
		}
		for range 2 { // the second time it says that it cannot
			if status, _, to := s.post("/merges/1/undo", nil); status != http.StatusSeeOther || to != fmt.Sprintf("/leads/%d/privacy", kept.ID) {
				t.Errorf("undone: %d %s", status, to)
			}
		}
		if status, _, _ := s.post("/leads/duplicates", url.Values{"pair": {"1"}}); status != http.StatusSeeOther {
			t.Errorf("dismissed: %d", status)
		}
		if n, err := h.CountDuplicates(t.Context()); err != nil || n != 0 {
			t.Errorf("%d pairs are left, %v", n, err)
		}
		if err := h.findDuplicates(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, _ := h.CountDuplicates(t.Context()); n != 0 {
			t.Error("who was said to be two is offered again")
		}
	})
}

func TestStaffWriteDownConsentAndProveIt(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.SetSigner(secure.NewSigner([]byte("a secret of sixteen letters")))
		s := h.site()
		l := h.upsert(&Profile{Email: "sara@example.com", FirstName: "Sara"})[0]
		path := fmt.Sprintf("/leads/%d", l.ID)
		form := url.Values{"purpose": {"marketing"}, "channel": {"email"}, "state": {"granted"}, "basis": {"consent"}, "how": {"phone"}}
		for _, s.lang = range []string{"fa", "en"} {
			s.open(path + "/privacy")
			if status, text, _ := s.post(path+"/consents", form); status != http.StatusUnprocessableEntity || !strings.Contains(text, "words-error") {
				t.Errorf("a consent without words: %d", status)
			}
		}
		form.Set("words", "«بله، خبرم کنید»")
		if status, _, to := s.post(path+"/consents", form); status != http.StatusSeeOther || to != path+"/privacy" || !h.may(l) {
			t.Fatalf("written down: %d %s, may contact %t", status, to, h.may(l))
		}
		for _, s.lang = range []string{"fa", "en"} {
			for _, page := range []string{"/privacy", "/proof", "/export"} {
				if text := s.open(path + page); !strings.Contains(text, "خبرم کنید") {
					t.Errorf("%s does not show the words", page)
				}
			}
		}
		status, proof := s.call("GET", "/api/v1"+path+"/proof", nil)
		if status != http.StatusOK {
			t.Fatalf("proof: %d", status)
		}
		verify := func(document any) any {
			t.Helper()
			status, verdict := s.call("POST", "/api/v1/proofs/verify", document)
			if status != http.StatusOK {
				t.Fatalf("verify: %d", status)
			}
			return verdict["valid"]
		}
		var file map[string]any
		if err := json.Unmarshal([]byte(s.open(path+"/proof.json")), &file); err != nil || verify(file) != true || verify(proof) != true {
			t.Errorf("our own proof is not valid, %v", err)
		}
		file["payload"].(map[string]any)["person"].(map[string]any)["email"] = "omid@example.com"
		if verify(file) != false {
			t.Error("a changed proof is valid")
		}
		if status, _ := s.call("POST", "/api/v1"+path+"/consents", map[string]any{"purpose": "marketing", "channel": "email", "state": "withdrawn", "how": "paper"}); status != http.StatusCreated || h.may(l) {
			t.Errorf("withdrawn: %d, may contact %t", status, h.may(l))
		}
		for field, body := range map[string]map[string]any{
			"channel": {"purpose": "marketing", "channel": "pigeon", "state": "denied"},
			"state":   {"purpose": "marketing", "channel": "email", "state": "perhaps"},
			"purpose": {"purpose": "Marketing!", "channel": "email", "state": "denied"},
			"at":      {"purpose": "marketing", "channel": "email", "state": "denied", "at": "2090-01-01T00:00:00Z"},
			"ip":      {"purpose": "marketing", "channel": "email", "state": "denied", "ip": "here"},
		} {
			status, answer := s.call("POST", "/api/v1"+path+"/consents", body)
			if bad, _ := answer["fields"].(map[string]any); status != http.StatusUnprocessableEntity || bad[field] == nil {
				t.Errorf("%s: %d %v", field, status, answer)
			}
		}
	})
}

func TestErasingAsksSaysWhatGoesAndIsLogged(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		s := h.site()
		l := h.secretive()
		path := fmt.Sprintf("/leads/%d", l.ID)
		for _, s.lang = range []string{"fa", "en"} {
			s.open("/leads/erasures")
			if text := s.open(path + "/erase"); !strings.Contains(text, "sara.secret@old.example") {
				t.Error("the page does not say which addresses go")
			}
			for _, form := range []url.Values{{"reason": {"they asked"}}, {"sure": {"1"}, "reason": {"زرین‌پور"}}} {
				if status, text, _ := s.post(path+"/erase", form); status != http.StatusUnprocessableEntity || !strings.Contains(text, "reason-error") {
					t.Errorf("%v: %d", form, status)
				}
			}
		}
		if status, _, to := s.post(path+"/erase", url.Values{"sure": {"1"}, "reason": {"they asked"}}); status != http.StatusSeeOther || to != "/leads/erasures" {
			t.Fatalf("erased: %d %s", status, to)
		}
		for _, s.lang = range []string{"fa", "en"} {
			s.open(path)
			s.open(path + "/privacy")
			s.open(path + "/export")
			if text := s.open("/leads/erasures?q=sara.secret@example.com"); !strings.Contains(text, "they asked") || !strings.Contains(text, "team@example.com") {
				t.Error("the log does not find them")
			}
			s.open("/leads/erasures?q=nobody@example.com")
		}
		if status, _ := s.call("DELETE", "/api/v1"+path, map[string]any{"reason": "again"}); status != http.StatusConflict {
			t.Errorf("erased twice: %d", status)
		}
		if status, _, _ := s.ask("GET", path+"/erase", "", ""); status != http.StatusConflict {
			t.Errorf("asked again: %d", status)
		}
	})
}
