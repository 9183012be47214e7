package conditions

import (
	"math"
	"slices"
	"strings"
)

// fold writes a test of a value within the folds of a column. It may be NULL where
// there is no value.
func (w *writer) fold(folds, name string, t *test) {
	switch t.op {
	case opNever:
		w.put("FALSE")
	case opUnknown:
		known := test{op: opKnown}
		w.put("(")
		w.fold(folds, name, &known)
		w.put(") IS NOT TRUE")
	case opBetween, opWithin:
		w.between(folds, t)
	case opOneOf:
		if len(t.texts) == 0 {
			w.put("FALSE")
			return
		}
		w.text(folds, name, t)
	default:
		w.text(folds, name, t)
	}
}

// text asks a text, or each of a list. A list comes out of the folds as its JSON,
// which begins with a bracket; so may a text. What is no list, and most are none, is
// decided by as few looks into the folds as can be.
func (w *writer) text(folds, name string, t *test) {
	at, value := name, folds+"->>?"
	if !w.schema.Postgres {
		at = pathOf(name)
		value = "json_extract(" + folds + ", ?)"
	}
	if t.op == opKnown {
		if w.schema.Postgres {
			w.put("jsonb_exists("+folds+", ?)", name)
		} else {
			w.put("json_type("+folds+", ?) IS NOT NULL", at)
		}
		return
	}
	if t.op == opContains && !strings.ContainsAny(t.text, "\"\\<>&") {
		// What a list has in one of its texts its JSON has too.
		w.compare(value, at, t)
		w.put(" AND ("+value+" NOT LIKE '[%' OR ", at)
		w.element(folds, name, t)
		w.put(")")
		return
	}
	w.put("(")
	w.compare(value, at, t)
	if t.op == opContains || t.bracketed() {
		w.put(" AND "+value+" NOT LIKE '[%'", at)
	}
	w.put(") OR ("+value+" LIKE '[%' AND ", at)
	w.element(folds, name, t)
	w.put(")")
}

// element asks each text of a list; a text is taken for a list of one.
func (w *writer) element(folds, name string, t *test) {
	switch {
	case !w.schema.Postgres:
		w.put("EXISTS (SELECT 1 FROM json_each("+folds+", ?) AS element WHERE ", pathOf(name))
		w.compare("element.value", nil, t)
		w.put(")")
	case t.op == opIs:
		w.put("jsonb_exists("+folds+"->?, ?)", name, t.text)
	case t.op == opOneOf:
		w.put("jsonb_exists_any("+folds+"->?, ARRAY[", name)
		w.list(t.texts)
		w.put("])")
	default:
		w.put("EXISTS (SELECT 1 FROM jsonb_path_query("+folds+", ?::jsonpath) AS element(value) WHERE ", pathOf(name)+"[*]")
		w.compare("element.value #>> '{}'", nil, t)
		w.put(")")
	}
}

// bracketed says whether a text that passes could be taken for a list.
func (t *test) bracketed() bool {
	begins := func(text string) bool { return strings.HasPrefix(text, "[") }
	return begins(t.text) || slices.ContainsFunc(t.texts, begins)
}

// pathOf is the JSON path of a field; its name has no quotation mark and no backslash.
func pathOf(name string) string { return `$."` + name + `"` }

// compare asks one text; at is where it stands, if the value has a "?" for that.
func (w *writer) compare(value string, at any, t *test) {
	w.put(value)
	if at != nil {
		w.args = append(w.args, at)
	}
	switch t.op {
	case opIs:
		w.put(" = ?", t.text)
	case opOneOf:
		w.put(" IN (")
		w.list(t.texts)
		w.put(")")
	case opContains:
		w.put(" LIKE ? ESCAPE '!'", "%"+likely.Replace(t.text)+"%")
	case opStartsWith:
		w.put(" LIKE ? ESCAPE '!'", likely.Replace(t.text)+"%")
	}
}

var likely = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

func (w *writer) list(texts []string) {
	for i, text := range texts {
		if i > 0 {
			w.put(", ")
		}
		w.put("?", text)
	}
}

// between asks for a number, a day or an instant.
func (w *writer) between(folds string, t *test) {
	in := t.window(w.now)
	if in.numeric {
		w.within(folds, t.number, in.low, in.high)
		return
	}
	w.within(folds, t.day, in.first, in.last)
	w.put(" OR ")
	w.within(folds, t.instant, in.after, in.until)
}

func (w *writer) within(folds, name string, low, high float64) {
	value, arg := "json_extract("+folds+", ?)", any(pathOf(name))
	if w.schema.Postgres {
		value, arg = "("+folds+"->>?)::float8", name
	}
	w.put(value, arg)
	switch {
	case math.IsInf(low, -1):
		w.put(" <= ?", high)
	case math.IsInf(high, 1):
		w.put(" >= ?", low)
	default:
		w.put(" BETWEEN ? AND ?", low, high)
	}
}

// column writes a test of a column of the lead's row.
func (w *writer) column(c Column, t *test) {
	turned, ok := t.turned(c.Upper)
	if !ok || t.op == opOneOf && len(turned.texts) == 0 {
		w.put("FALSE")
		return
	}
	name := w.schema.Lead + "." + c.Name
	if t.op == opUnknown {
		w.put("NOT ")
	}
	w.put("(")
	if t.op == opKnown || t.op == opUnknown {
		w.put(name + " <> ''")
	} else {
		w.compare(name, nil, &turned)
	}
	if c.Nullable {
		w.put(" AND " + name + " IS NOT NULL")
	}
	w.put(")")
}

// turned is the test in the case of a column; false when nothing in it can pass.
func (t *test) turned(upper bool) (test, bool) {
	switch {
	case t.op == opNever || t.op == opBetween || t.op == opWithin:
		return test{}, false
	case !upper:
		return *t, true
	}
	out := *t
	out.text = strings.ToUpper(t.text)
	out.texts = nil
	for _, text := range t.texts {
		if turned := strings.ToUpper(text); strings.ToLower(turned) == text {
			out.texts = append(out.texts, turned)
		}
	}
	return out, strings.ToLower(out.text) == t.text
}
