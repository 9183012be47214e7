package web_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

func TestPagesTogetherAreTheWholeList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfDistinct(rapid.String(), rapid.ID[string]).Draw(t, "all")
		limit := rapid.IntRange(1, 5).Draw(t, "limit")
		seen := []string{}
		p := web.Paging{Limit: limit}
		for {
			list, err := web.PageOf(p, all, func(s string) string { return s })
			if err != nil {
				t.Fatal(err)
			}
			if list.Data == nil || len(list.Data) > limit {
				t.Fatalf("a page of %v", list.Data)
			}
			seen = append(seen, list.Data...)
			if list.Next == nil {
				break
			}
			p.After = *list.Next
		}
		if want := slices.Sorted(slices.Values(all)); !slices.Equal(seen, want) {
			t.Fatalf("the pages are %q, the list %q", seen, want)
		}
	})
}

func TestALimitThatIsNoneIsRefused(t *testing.T) {
	for query, want := range map[string]int{"": 50, "limit=1": 1, "limit=200": 200, "limit=201": 0, "limit=0": 0, "limit=-1": 0, "limit=x": 0} {
		p, err := web.PageRequest(httptest.NewRequest("GET", "/?"+query, nil), 200)
		fields, _ := errs.AsFields(err)
		if want == 0 && fields["limit"] == "" || want != 0 && (err != nil || p.Limit != want) {
			t.Errorf("%q: %v %v, want %d", query, p, err, want)
		}
	}
	if p, err := web.PageRequest(httptest.NewRequest("GET", "/", nil), 20); err != nil || p.Limit != 20 {
		t.Errorf("of a list with pages of 20: %v %v", p, err)
	}
}

func TestACursorOfElsewhereIsRefused(t *testing.T) {
	for _, bad := range []web.Cursor{"x", "===", "bnVsbA~", web.CursorOf("a text")} {
		var id int64
		if _, ok := errs.AsFields(bad.Read(&id)); !ok {
			t.Errorf("%q is taken for %d", bad, id)
		}
	}
	type key struct {
		At string
		ID int64
	}
	var got key
	if err := web.CursorOf(key{"2026-11-21", 7}).Read(&got); err != nil || fmt.Sprint(got) != "{2026-11-21 7}" {
		t.Errorf("%v %v", got, err)
	}
}
