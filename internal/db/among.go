package db

import (
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/schema"
)

// Among is the condition that a column is one of thousands of texts, looked up one by
// one in the column's index. PostgreSQL would read the whole table for a list that it
// sees, even where a few hundred pages of an index hold the answer.
func Among(column string, values []string) schema.QueryAppender {
	return among{column: column, values: values}
}

// AmongBytes is Among for a column whose index is in the order of bytes (COLLATE "C"),
// which serves no other comparison on PostgreSQL.
func AmongBytes(column string, values []string) schema.QueryAppender {
	return among{column: column, values: values, bytes: true}
}

type among struct {
	column string
	values []string
	bytes  bool
}

// AppendQuery writes the condition in the language of the database.
func (a among) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	b = gen.AppendIdent(b, a.column)
	if gen.Dialect().Name() != dialect.PG {
		b = append(b, " IN ("...)
		b, err := bun.List(a.values).AppendQuery(gen, b)
		return append(b, ')'), err
	}
	if a.bytes {
		b = append(b, ` COLLATE "C"`...)
	}
	// The planner does not look into a query of its own, and takes it for ten texts.
	b = append(b, " = ANY ((SELECT "...)
	b, err := pgdialect.Array(a.values).AppendQuery(gen, b)
	return append(b, "::text[])::text[])"...), err
}
