package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// DecodeJSON reads one JSON value into v and validates it: see ReadJSON and Validate.
func DecodeJSON(r *http.Request, v any) error {
	if err := ReadJSON(r, v); err != nil {
		return err
	}
	return Validate(v)
}

// ReadJSON reads one JSON value into v. Unknown fields, a second value, wrong types and
// letters that no database takes are refused by name. It is for what is not checked
// by tags, or elsewhere: documents, by manifest.Check.
func ReadJSON(r *http.Request, v any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return fmt.Errorf("the body must be application/json: %w", errs.Unsupported)
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return badForm(err)
	}
	if err := noNUL(raw); err != nil {
		return err
	}
	if err := strictly(raw, v); err != nil {
		return badJSON(err, raw, v)
	}
	return nil
}

// errRest is what follows the one value that a body is.
var errRest = errors.New("a second value")

func strictly(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errRest
	}
	return nil
}

// badJSON says which fields are wrong, and "body" when it is the body as a whole.
func badJSON(err error, raw []byte, v any) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) || errors.Is(err, errRest) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errs.Fields{"body": "errors.json"}
	}
	bad := errs.Fields{}
	misfits(bad, "", raw, reflect.TypeOf(v), 0)
	return bad
}

// noNUL refuses texts with a NUL, which PostgreSQL does not take.
func noNUL(raw []byte) error {
	if !bytes.Contains(raw, []byte(`\u0000`)) {
		return nil // as nearly always
	}
	var whole any
	if json.Unmarshal(raw, &whole) != nil {
		return nil // the reader proper says what is wrong
	}
	bad := errs.Fields{}
	findNUL(bad, "", whole)
	return bad.OrNil()
}

func findNUL(bad errs.Fields, path string, v any) {
	switch v := v.(type) {
	case string:
		if strings.ContainsRune(v, 0) {
			bad[named(path)] = "errors.characters"
		}
	case []any:
		for i, item := range v {
			findNUL(bad, fmt.Sprintf("%s[%d]", path, i), item)
		}
	case map[string]any:
		for name, item := range v {
			if strings.ContainsRune(name, 0) {
				bad[named(path)] = "errors.characters"
				continue
			}
			findNUL(bad, strings.TrimPrefix(path+"."+name, "."), item)
		}
	}
}

func named(path string) string {
	if path == "" {
		return "body"
	}
	return path
}
