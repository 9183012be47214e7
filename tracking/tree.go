package tracking

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// maxDepth is how deep objects and lists may stand in one another.
const maxDepth = 20

// decodeObject reads a JSON object. What is none, what holds a number too large or a
// text that cannot be stored, or is nested too deep is errs.Fields, with the place as
// in "properties.cart[2].price"; the value itself is the place "".
func decodeObject(raw []byte) (map[string]any, error) {
	var object map[string]any
	if err := json.Unmarshal(raw, &object); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && strings.HasPrefix(wrong.Value, "number ") {
			return object, errs.Fields{largeNumber(raw): "errors.tracking.number"}
		}
		if errors.As(err, &wrong) {
			return nil, errs.Fields{"": "errors.type"}
		}
		return nil, errs.Fields{"": "errors.json"}
	}
	if object == nil { // null
		return nil, errs.Fields{"": "errors.type"}
	}
	if place, why := harm(object, 1); why != "" {
		return object, errs.Fields{strings.TrimPrefix(place, "."): why}
	}
	return object, nil
}

// harm finds what cannot be stored: where it stands below the value, as in ".a[2]",
// and why; "" when all is well.
func harm(value any, depth int) (place, why string) {
	switch v := value.(type) {
	case string:
		if strings.IndexByte(v, 0) >= 0 {
			return "", "errors.characters"
		}
	case map[string]any:
		if depth > maxDepth {
			return "", tooDeep
		}
		for name, below := range v {
			if strings.IndexByte(name, 0) >= 0 {
				return "", "errors.characters"
			}
			if place, why := harm(below, depth+1); why != "" {
				return "." + clip(name, 60) + place, why
			}
		}
	case []any:
		if depth > maxDepth {
			return "", tooDeep
		}
		for i, below := range v {
			if place, why := harm(below, depth+1); why != "" {
				return "[" + strconv.Itoa(i) + "]" + place, why
			}
		}
	}
	return "", ""
}

var tooDeep = "errors.tracking.deep=" + strconv.Itoa(maxDepth)

// largeNumber is where the first number stands that no float64 can hold.
func largeNumber(raw []byte) string {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return ""
	}
	place, _ := largeBelow(tree)
	return strings.TrimPrefix(place, ".")
}

func largeBelow(value any) (place string, found bool) {
	switch v := value.(type) {
	case json.Number:
		_, err := v.Float64()
		return "", err != nil
	case map[string]any:
		for name, below := range v {
			if place, found := largeBelow(below); found {
				return "." + clip(name, 60) + place, true
			}
		}
	case []any:
		for i, below := range v {
			if place, found := largeBelow(below); found {
				return "[" + strconv.Itoa(i) + "]" + place, true
			}
		}
	}
	return "", false
}
