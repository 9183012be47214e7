package jsonschema

import (
	"encoding/json"
	"fmt"
	"path"
	"reflect"
	"strings"
	"testing"
	"time"

	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/period"
)

type line struct {
	Product string        `json:"product" validate:"required,max=10"`
	Price   float64       `json:"price" validate:"gt=0,lte=100"`
	Wait    period.Period `json:"wait,omitzero"`
	Ends    ends          `json:"ends,omitzero"`
}

type base struct {
	ID int64     `json:"id"`
	At time.Time `json:"at,omitzero"`
}

type order struct {
	*base
	Kind   string         `json:"kind,omitempty" validate:"omitempty,oneof=gift sale"`
	Key    string         `json:"key" validate:"required,key"`
	Email  string         `json:"email" validate:"omitempty,email"`
	Title  i18n.Text      `json:"title"`
	Lines  []line         `json:"lines" validate:"required,min=1,max=2,dive"`
	Tags   []string       `json:"tags,omitempty" validate:"max=3,dive,min=2"`
	Parent *order         `json:"parent,omitempty"`
	Price  *float64       `json:"price"`
	More   map[string]any `json:"more"`
	Hidden string         `json:"-"`
}

// ends writes itself as [lo, hi].
type ends struct{ lo, hi int }

func (e ends) MarshalJSON() ([]byte, error) { return json.Marshal([]int{e.lo, e.hi}) }
func (ends) JSONSchema() string {
	return `{"type":"array","minItems":2,"maxItems":2,"items":{"type":"integer"}}`
}

type secretive struct{}

func (secretive) MarshalJSON() ([]byte, error) { return []byte(`"?"`), nil }

func named(t reflect.Type) string {
	if t.Name() == "" {
		return ""
	}
	return path.Base(t.PkgPath()) + "." + t.Name()
}

// compiled is what a validator that knows nothing of us makes of the schema.
func compiled(t *testing.T, use Use, v any) *validator.Schema {
	t.Helper()
	set := NewSet(use, named)
	one, err := set.Add(v)
	if err != nil {
		t.Fatal(err)
	}
	one.Definitions = set.Definitions()
	raw, err := json.Marshal(one)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := validator.UnmarshalJSON(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("x.json", parsed); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("x.json")
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	return s
}

func valid(t *testing.T, s *validator.Schema, text string) error {
	t.Helper()
	v, err := validator.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}

func TestWhatWeWriteIsAsDescribed(t *testing.T) {
	s := compiled(t, Answer, order{})
	price := 2.5
	for _, o := range []order{
		{base: &base{ID: 1}, Lines: []line{{Price: 1}}, Key: "a", Title: i18n.Text{}, More: map[string]any{}},
		{
			base: &base{ID: 1, At: time.Now()}, Kind: "gift", Key: "a-b", Email: "a@b.example", Title: i18n.Plain("x"), Price: &price,
			Lines: []line{{Product: "x", Price: 1, Wait: period.Period(48 * time.Hour), Ends: ends{1, 2}}}, More: map[string]any{"a": []int{1}},
			Parent: &order{base: &base{}, Key: "p", Lines: []line{{Price: 1}}, More: map[string]any{}, Title: i18n.Plain("y")},
		},
	} {
		raw, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(t, s, string(raw)); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
	}
	whole := `{"id":1,"key":"a","email":"","title":"x","lines":[{"product":"x","price":1}],"price":null,"more":{}`
	if err := valid(t, s, whole+`}`); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{
		strings.Replace(whole, `"id":1,`, ``, 1) + `}`,                 // a field that is always there
		whole + `,"note":""}`,                                          // a field nobody exports
		whole + `,"colour":"red"}`,                                     // a field that does not exist
		strings.Replace(whole, `"x","price"`, `null,"price"`, 1) + `}`, // null for a text
		whole + `,"kind":"theft"}`,
		whole + `,"at":"yesterday"}`,
		strings.Replace(whole, `"price":1`, `"price":1,"wait":5`, 1) + `}`,
		strings.Replace(whole, `"price":1`, `"price":1,"ends":[1]`, 1) + `}`,
	} {
		if valid(t, s, bad) == nil {
			t.Errorf("taken: %s", bad)
		}
	}
}

func TestWhatWeReadIsHeldToItsRules(t *testing.T) {
	s := compiled(t, Body, order{})
	whole := `{"key":"a","lines":[{"product":"x","price":1}]`
	for text, ok := range map[string]bool{
		whole + `}`: true,
		whole + `,"kind":"sale","email":"a@b.example","tags":["ab"],"title":{"fa":"سلام"}}`: true,
		whole + `,"price":null,"parent":null}`:                                              true,
		`{"key":"a"}`:                                                                       false,
		`{"key":"","lines":[]}`:                                                             false,
		`{"key":"A B","lines":[{}]}`:                                                        false,
		whole + `,"email":"nobody"}`:                                                        false,
		whole + `,"tags":["a"]}`:                                                            false,
		whole + `,"kind":"theft"}`:                                                          false,
		whole + `,"title":{"de":"Hi"}}`:                                                     false,
		strings.Replace(whole, `"price":1`, `"price":0`, 1) + `}`:                           false,
		strings.Replace(whole, `"price":1`, `"price":101`, 1) + `}`:                         false,
		strings.Replace(whole, `"x"`, `"more than ten letters"`, 1) + `}`:                   false,
		strings.Replace(whole, `[{`, `[{"product":"y","price":1},{`, 1) + `}`:               true,
		fmt.Sprintf(`{"key":%q,"lines":[]}`, strings.Repeat("a", 65)):                       false,
	} {
		if err := valid(t, s, text); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestATypeThatWritesItselfMustDescribeItself(t *testing.T) {
	_, err := NewSet(Answer, named).Add(struct {
		X []secretive `json:"x"`
	}{})
	if err == nil || !strings.Contains(err.Error(), "secretive") {
		t.Errorf("%v", err)
	}
}
