package main

import (
	_ "embed"
	"fmt"

	"github.com/goccy/go-yaml"

	"github.com/sarnakh/sarnakh/internal/web"
)

//go:embed api_fields.yaml
var fieldsFile []byte

// apiFields is what the fields of the API hold, of all features.
func apiFields() (web.Words, error) {
	var words web.Words
	if err := yaml.Unmarshal(fieldsFile, &words); err != nil {
		return nil, fmt.Errorf("words of the API: %w", err)
	}
	return words, nil
}
