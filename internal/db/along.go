package db

import "context"

// along is the key of what a context brings along.
type along struct{}

// Along returns a context under which every transaction of InTx ends with fn, within it:
// what fn writes is there if and only if the rest is, and when it fails nothing is. A nil
// fn takes it away again.
func Along(ctx context.Context, fn func(ctx context.Context, tx Tx) error) context.Context {
	return context.WithValue(ctx, along{}, fn)
}

// withAlong is fn followed by what ctx brings along.
func withAlong(ctx context.Context, fn func(ctx context.Context, tx Tx) error) func(ctx context.Context, tx Tx) error {
	last, _ := ctx.Value(along{}).(func(ctx context.Context, tx Tx) error)
	if last == nil {
		return fn
	}
	return func(ctx context.Context, tx Tx) error {
		if err := fn(ctx, tx); err != nil {
			return err
		}
		return last(ctx, tx)
	}
}
