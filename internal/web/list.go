package web

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// List is how the API answers with many of a thing: a page of them and the cursor
// of the next page, null on the last. Paging goes by the key of the last row seen,
// so that rows which come and go in between neither repeat nor hide others.
type List[T any] struct {
	Data []T     `json:"data"`
	Next *Cursor `json:"next"`
}

func (List[T]) isList() {}

// ListOf is a page of rows. more says that others follow; key is what the next page
// begins behind, for Cursor.Read.
func ListOf[T any](rows []T, more bool, key func(T) any) List[T] {
	if rows == nil {
		rows = []T{}
	}
	l := List[T]{Data: rows}
	if more && len(rows) > 0 {
		next := CursorOf(key(rows[len(rows)-1]))
		l.Next = &next
	}
	return l
}

// PageOf is a page of a list that is whole in memory, in the order of its keys:
// experiments, journeys and others of which there are few.
func PageOf[T any, K cmp.Ordered](p Paging, all []T, key func(T) K) (List[T], error) {
	var after K
	if err := p.After.Read(&after); err != nil {
		return List[T]{}, err
	}
	rows := slices.SortedFunc(slices.Values(all), func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	if p.After != "" {
		rows = slices.DeleteFunc(rows, func(v T) bool { return key(v) <= after })
	}
	more := len(rows) > p.Limit
	return ListOf(rows[:min(len(rows), p.Limit)], more, func(v T) any { return key(v) }), nil
}

// Paging is which part of a list a caller asks for.
type Paging struct {
	Limit int    // how many at the most; never 0
	After Cursor // behind which row; empty for the beginning
}

// perPage is how many rows a page has when the caller does not say.
const perPage = 50

// PageRequest reads ?limit= and ?after=. A limit below 1 or above max is errs.Fields.
func PageRequest(r *http.Request, max int) (Paging, error) {
	q := r.URL.Query()
	p := Paging{Limit: min(perPage, max), After: Cursor(q.Get("after"))}
	if text := q.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > max {
			return p, errs.Fields{"limit": fmt.Sprintf("errors.limit=%d", max)}
		}
		p.Limit = n
	}
	return p, nil
}

// Cursor marks a place in a list. To callers it is a word without meaning.
type Cursor string

// CursorOf marks the row with this key: a number, a text, or a struct or list of
// several for lists that are sorted by several.
func CursorOf(key any) Cursor {
	raw, err := json.Marshal(key)
	if err != nil {
		panic(fmt.Sprintf("web: the key %v of a row is no JSON: %v", key, err)) // a mistake in the program
	}
	return Cursor(base64.RawURLEncoding.EncodeToString(raw))
}

// Read puts the key of the marked row into what into points to, and leaves it alone
// when there is no mark. What CursorOf has not made is errs.Fields.
func (c Cursor) Read(into any) error {
	if c == "" {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(string(c))
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		return errs.Fields{"after": "errors.cursor"}
	}
	return nil
}
