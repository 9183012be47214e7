package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// serveAutumn runs the real program with the page of testdata/visits.yaml.
func serveAutumn(t *testing.T) *testkit.Process {
	t.Helper()
	p := testkit.Start(t, []string{"serve"}, nil)
	if out, errs, code := testkit.Run(t, []string{"apply", "testdata/visits.yaml"}, []string{"SARNAKH_DATA=" + p.Data}); code != 0 {
		t.Fatalf("apply: %d %s %s", code, out, errs)
	}
	return p
}

// visitAutumn has n people look at the page, each with a browser of their own.
func visitAutumn(t *testing.T, p *testkit.Process, n int) {
	t.Helper()
	for range n {
		ask(t, "GET", p.URL+"/p/autumn", "", "User-Agent: Mozilla/5.0 (X11; Linux x86_64)")
	}
}

// visitors are those that are written down for the page, on all days, and for the form in it.
func visitors(t *testing.T, p *testkit.Process) (n int) {
	t.Helper()
	d, err := db.Open(t.Context(), "", p.Data)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var ofForm int
	if err := d.SQL().QueryRow(`SELECT (SELECT coalesce(sum(visitors), 0) FROM page_days WHERE page = 'autumn'),
		(SELECT coalesce(sum(visitors), 0) FROM form_days WHERE form = 'news')`).Scan(&n, &ofForm); err != nil || n != ofForm {
		t.Fatalf("%d visitors of the page and %d of the form in it, %v", n, ofForm, err)
	}
	return n
}

func TestAStopLosesNoVisitorOfAPage(t *testing.T) {
	t.Parallel()
	p := serveAutumn(t)
	visitAutumn(t, p, 30)
	stopInTime(t, p)
	if n := visitors(t, p); n != 30 {
		t.Errorf("%d visitors are written down, 30 came", n)
	}
}

func TestVisitorsOutliveACrashOnceASecondHasPassed(t *testing.T) {
	t.Parallel()
	p := serveAutumn(t)
	visitAutumn(t, p, 30)
	soon(t, 10*time.Second, "the visitors are written down", func() bool { return visitors(t, p) == 30 })
	p.Kill()
	if n := visitors(t, p); n != 30 {
		t.Errorf("after the crash %d visitors are written down, 30 came", n)
	}
}

func TestTheHomePageAddsTheVisitorsOfAllPagesUp(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), pagesHalf)
	document, err := os.ReadFile("testdata/visits.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for page, n := range map[string]int{"autumn": 3, "winter": 2} {
		s.apply(t, strings.ReplaceAll(string(document), "key: autumn", "key: "+page))
		for range n {
			ask(t, "GET", s.url+"/p/"+page, "", "User-Agent: Mozilla/5.0 (X11; Linux x86_64)")
		}
	}
	pages, err := s.forms.Traffic(t.Context(), 28)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]int64{}
	for _, p := range pages {
		told[p.Page.Key] = p.Visitors
	}
	sum, err := s.insights.Count(t.Context(), time.Time{})
	if err != nil || told["autumn"] != 3 || told["winter"] != 2 || sum.Visitors != 5 {
		t.Errorf("the pages tell of %v, the home page of %d (%v)", told, sum.Visitors, err)
	}
}
