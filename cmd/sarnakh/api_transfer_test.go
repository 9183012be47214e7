package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// importRows are enough that an import can be paused before it is over.
const importRows = 5000

// transfers asks the calls of an import, which go on between two requests, and of an
// export.
func (h *house) transfers(t *testing.T) {
	t.Helper()
	var list strings.Builder
	list.WriteString("E-mail,Name\n")
	for i := range importRows {
		fmt.Fprintf(&list, "guest%d@example.com,Guest %d\n", i, i)
	}
	upload := func() string {
		body := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"guests.csv\"\r\n\r\n" + list.String() + "\r\n--x--\r\n"
		a := h.send("POST", "/api/v1/imports", body, h.authority(), "Content-Type: multipart/form-data; boundary=x")
		var made struct {
			ID int64 `json:"id"`
		}
		if err := json.Unmarshal([]byte(a.body), &made); err != nil || made.ID == 0 {
			t.Fatalf("upload: %d %s", a.StatusCode, a.body)
		}
		return fmt.Sprintf("/api/v1/imports/%d", made.ID)
	}
	ask := func(method, path, body string) {
		t.Helper()
		if a := h.send(method, path, body, h.authority(), "Content-Type: application/json"); a.StatusCode >= 300 {
			t.Errorf("%s %s: %d %s", method, path, a.StatusCode, a.body)
		}
	}
	until := func(at, state string) {
		t.Helper()
		soon(t, 30*time.Second, "the import is "+state, func() bool {
			return strings.Contains(h.send("GET", at, "", h.authority()).body, `"state":"`+state+`"`)
		})
	}
	at := upload()
	until(at, "mapping")
	ask("PUT", at+"/plan", `{"columns":[{"name":"E-mail","to":"email"},{"name":"Name","to":"name"}],"mode":"update","tags":["guests"],"consent":{"choice":"none"}}`)
	until(at, "ready")
	ask("POST", at+"/start", "")
	ask("POST", at+"/pause", "")
	ask("POST", at+"/resume", "")
	until(at, "done")
	ask("GET", at+"/errors?limit=5", "")
	at = upload()
	until(at, "mapping")
	ask("POST", at+"/cancel", "")
	for _, format := range []string{"csv", "jsonl", "xlsx"} {
		ask("POST", "/api/v1/exports", fmt.Sprintf(`{"format":%q,"columns":["email"],"selection":{},"reason":"a test","mark":false}`, format))
	}
}
