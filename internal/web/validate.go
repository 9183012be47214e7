package web

import (
	"errors"
	"reflect"
	"regexp"
	"strings"

	"github.com/go-playground/validator/v10"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// embedded stands in the validator's paths for a struct whose fields are its outer's
// own in JSON, and is cut out of them again.
const embedded = "\x00"

var validate = func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" && f.Anonymous {
			return embedded
		}
		return name
	})
	// Cannot fail: the name and the function are there.
	_ = v.RegisterValidation("key", func(f validator.FieldLevel) bool {
		key := f.Field().String()
		return len(key) <= 64 && keyPattern.MatchString(key)
	})
	return v
}()

// keyPattern is the form of the keys under which documents know each other.
var keyPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Validate checks v by its validate tags. Fields are named by their path in JSON, as
// in "lines[2].price"; each message is a key of the catalogue, with "=" and the tag's
// argument.
func Validate(v any) error {
	struc := reflect.Indirect(reflect.ValueOf(v))
	if struc.Kind() != reflect.Struct {
		return nil // a map or list has no tags: its reader checks it
	}
	err := validate.Struct(v)
	var bad validator.ValidationErrors
	if !errors.As(err, &bad) {
		return err
	}
	fields := errs.Fields{}
	for _, b := range bad {
		path := strings.TrimPrefix(b.Namespace(), struc.Type().Name()+".")
		path = strings.ReplaceAll(path, embedded+".", "")
		message := "errors." + ruleName(b.Tag(), b.Kind())
		if b.Param() != "" {
			message += "=" + b.Param()
		}
		fields[path] = message
	}
	return fields
}

// ruleName is what a tag asks of a value of this kind: min is of letters in a text,
// of entries in a list, and of the value itself in a number.
func ruleName(tag string, kind reflect.Kind) string {
	if tag != "min" && tag != "max" {
		return tag
	}
	switch kind {
	case reflect.String:
		return tag
	case reflect.Slice, reflect.Array, reflect.Map:
		return tag + "_items"
	}
	return map[string]string{"min": "gte", "max": "lte"}[tag]
}
