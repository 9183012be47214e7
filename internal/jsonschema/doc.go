// Package jsonschema describes what our Go types look like as JSON or YAML, so that
// editors, scripts and tests know what may be written and what comes back.
//
// The description is JSON Schema, draft 2020-12, made from the types themselves:
// from their field tags and from their validate tags.
package jsonschema
