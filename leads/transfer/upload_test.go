package transfer

import (
	"strings"
	"testing"
)

func TestAnUploadThatBreaksOffIsNoFile(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ask := h.site()
		body, kind := posted(t, "people.csv", "email\nsara@example.com\n"+strings.Repeat("omid@example.com\n", 1000))
		for name, cut := range map[string]string{
			"in the file":           body[:len(body)-500],
			"in the last boundary":  body[:len(body)-6],
			"before the last":       strings.TrimRight(body[:strings.LastIndex(body, "--")], "\r\n-0123456789abcdef"),
			"at the file's heading": body[:strings.Index(body, "email")],
		} {
			status, text, _ := ask("POST", "/leads/import", cut, "Content-Type", kind)
			wants(t, name, status, 422, text, "broke off")
			status, text, _ = ask("POST", "/api/v1/imports", cut, "Content-Type", kind)
			wants(t, name+", by a script", status, 422, text, "broke off")
		}
		if n := h.count("imports") + h.count("import_chunks"); n != 0 {
			t.Errorf("%d rows are left of files that never came", n)
		}
		status, _, at := ask("POST", "/leads/import", body, "Content-Type", kind)
		if status != 303 {
			t.Errorf("the whole: %d %s", status, at)
		}
	})
}
