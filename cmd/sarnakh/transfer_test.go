package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// listForm is a posted file with the plan for it.
func listForm(file, plan string) (body, contentType string) {
	const boundary = "----list"
	body = "--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"list.csv\"\r\nContent-Type: text/csv\r\n\r\n" + file + "\r\n"
	if plan != "" {
		body += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"plan\"\r\nContent-Type: application/json\r\n\r\n" + plan + "\r\n"
	}
	return body + "--" + boundary + "--\r\n", "multipart/form-data; boundary=" + boundary
}

// people is a list of n.
func people(n int) string {
	var list strings.Builder
	list.WriteString("email,first_name,city\n")
	for i := range n {
		fmt.Fprintf(&list, "imported%d@example.com,Person %d,Tehran\n", i, i)
	}
	return list.String()
}

// TestAnImportGoesOnAfterACrash kills the real program (-9) again and again while it
// reads, checks and imports a list: in the end everybody is there once, with one consent,
// one tag and one line on the timeline, and the count adds up.
func TestAnImportGoesOnAfterACrash(t *testing.T) {
	t.Parallel()
	const rows, refused = 20_000, 3
	for _, c := range []struct {
		name string
		base func(t *testing.T) (url string, env []string)
	}{
		{"sqlite", func(*testing.T) (string, []string) { return "", nil }},
		{"postgres", func(t *testing.T) (string, []string) {
			url := testkit.Postgres(t)
			return url, []string{"SARNAKH_DATABASE=" + url}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url, env := c.base(t)
			p := testkit.Start(t, []string{"serve"}, append(env, "SARNAKH_LOG_LEVEL=error"))
			out, errs, code := testkit.Run(t, []string{"key", "create", "crash"}, append(env, "SARNAKH_DATA="+p.Data))
			if code != 0 {
				t.Fatalf("key: %d %s %s", code, out, errs)
			}
			key := strings.TrimSpace(out)
			if at := strings.Index(key, "srk_"); at >= 0 {
				key = strings.Fields(key[at:])[0]
			}
			form, kind := listForm(people(rows)+strings.Repeat("not an address,x,y\n", refused),
				`{"mode":"update","tags":["list"],"start":true,"columns":[{"name":"email","to":"email"},{"name":"first_name","to":"first_name"},{"name":"city","to":"attribute:city"}],`+
					`"consent":{"choice":"given","words":"Yes","source":"fair","basis":"consent","date":"2024-01-02","language":"en"}}`)
			req, err := http.NewRequestWithContext(t.Context(), "POST", p.URL+"/api/v1/imports", strings.NewReader(form))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", kind)
			req.Header.Set("Authorization", "Bearer "+key)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if res.StatusCode != http.StatusAccepted {
				t.Fatalf("%d %s", res.StatusCode, body)
			}
			status := func() (state string, done int) {
				req, err := http.NewRequestWithContext(t.Context(), "GET", p.URL+"/api/v1/imports/1", nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Authorization", "Bearer "+key)
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					return "", 0
				}
				defer res.Body.Close()
				var im struct {
					State string
					Done  int
				}
				_ = json.NewDecoder(res.Body).Decode(&im)
				return im.State, im.Done
			}
			// Once while it reads, once while it checks, and thrice while it imports.
			killed, met, imported := 0, map[string]bool{}, -1
			for deadline := time.Now().Add(3 * time.Minute); ; {
				state, done := status()
				if time.Now().After(deadline) || state == "failed" {
					t.Fatalf("the import is %s at %d, after %d crashes", state, done, killed)
				}
				if state == "done" {
					break
				}
				stage := !met[state] && (state == "reading" || state == "checking")
				if stage || state == "importing" && killed < 5 && done > imported && done > 0 {
					met[state], imported = true, done
					p.Kill()
					killed++
					p.Restart()
				}
			}
			if killed < 2 {
				t.Errorf("killed %d times: too seldom to mean anything", killed)
			}
			d, err := db.Open(context.Background(), url, p.Data)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			p.Kill() // and once while it puts the import on the timelines
			p.Restart()
			soon(t, time.Minute, "everybody's timeline tells of it", func() bool {
				var n int
				if err := d.SQL().QueryRow("SELECT count(*) FROM import_blocks").Scan(&n); err != nil {
					t.Fatal(err)
				}
				return n == 0
			})
			if code := p.Stop(); code != 0 {
				t.Errorf("stopped with exit code %d", code)
			}
			for query, want := range map[string]int{
				"SELECT count(*) FROM leads":                                  rows,
				"SELECT count(*) FROM consents":                               rows,
				"SELECT count(*) FROM consent_states WHERE state = 'granted'": rows,
				"SELECT count(*) FROM lead_tags":                              rows,
				"SELECT count(*) FROM events WHERE name = 'Lead Imported'":    rows,
				"SELECT count(*) FROM import_refusals":                        refused,
				"SELECT count(*) FROM import_blocks":                          0,
				"SELECT count(*) FROM import_chunks":                          0,
				"SELECT done FROM imports":                                    rows + refused,
			} {
				var got int
				if err := d.SQL().QueryRow(query).Scan(&got); err != nil || got != want {
					t.Errorf("%s: %d, %v; want %d", query, got, err, want)
				}
			}
		})
	}
}
