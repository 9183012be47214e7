# What one types: make test, make demo, make serve, make bench, make build, make fmt.
# Arguments of the program go into ARGS: make demo ARGS="--visitors 500 --exit"

GO ?= go
ARGS ?=
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

# Runs a command with PostgreSQL, Redis, Chromium and a C compiler at hand.
SERVICES = $(GO) run ./internal/testkit/services --

# Where goroutines meet, and so where the race detector earns its time.
RACE = $(patsubst %,./%/...,$(wildcard workers internal/db internal/shelf internal/mail delivery forms access)) ./webhooks ./tracking

# The tests of leads and experiments are many, and few of them have goroutines of their own: those
# are told by their names.
RACE_NAMED = AtTheSameMoment|DoNotBlockEachOther|ManyWorkers|ManyWho|TalliesAlways|CountsOnceHowever|ReplayedEvents|Remembered

# Packages that have benchmarks.
BENCHED = $(shell grep -rl --include='*_test.go' '^func Benchmark' . | xargs -r -n1 dirname | sort -u)

.PHONY: test check suite bench bench-large build demo serve fmt

test: check
	@$(SERVICES) $(MAKE) --no-print-directory suite

# What needs no server: format, vet, staticcheck.
check:
	@wrong="$$(gofmt -l .)"; test -z "$$wrong" || { echo "not in gofmt's form (make fmt mends it):"; echo "$$wrong"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

# Everything that runs; test calls it with the servers up. Both halves run even
# when the first fails, so that one run shows all there is to mend.
suite:
	@code=0; \
	$(GO) test -timeout 20m ./... || code=1; \
	$(if $(RACE),$(GO) test -race -timeout 20m $(RACE) || code=1;) \
	$(GO) test -race -run '$(RACE_NAMED)' ./leads/... ./abtest || code=1; \
	exit $$code

# Figures are those of a disk; tests may write to memory.
bench bench-large: export TMPDIR ?= /tmp

bench:
	$(if $(BENCHED),$(SERVICES) $(GO) test -run '^$$' -bench . -benchmem $(ARGS) $(BENCHED),@echo "no benchmarks yet")

# At the size of a large team's base: a million leads, ten million events. Takes about
# a quarter of an hour and some gigabytes.
LARGE ?= 1000000
bench-large:
	$(SERVICES) $(GO) test ./cmd/sarnakh -run '^$$' -bench Large -large $(LARGE) -timeout 2h $(ARGS)

build:
	$(GO) build -trimpath -o bin/sarnakh ./cmd/sarnakh

demo:
	$(GO) run ./cmd/sarnakh demo $(ARGS)

serve:
	$(GO) run ./cmd/sarnakh serve $(ARGS)

fmt:
	gofmt -w .
