package assign

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"
)

// vectors are GrowthBook's published cases (its description tells which
// version) and further ones computed with the same JavaScript in Node 20.
type vectors struct {
	Hash    []hashCase `json:"hash"`
	Derived []hashCase `json:"hash_extra_node20"`
	FNV     []struct {
		Input    string `json:"input"`
		Expected uint32 `json:"expected_uint32"`
	} `json:"fnv32a_raw"`
	GetBucketRange []struct {
		Name          string       `json:"name"`
		NumVariations int          `json:"numVariations"`
		Coverage      float64      `json:"coverage"`
		Weights       []float64    `json:"weights"`
		Expected      [][2]float64 `json:"expected"`
	} `json:"getBucketRange"`
	ChooseVariation []struct {
		Name     string       `json:"name"`
		N        float64      `json:"n"`
		Ranges   [][2]float64 `json:"ranges"`
		Expected int          `json:"expected"`
	} `json:"chooseVariation"`
	InNamespace []struct {
		Name      string    `json:"name"`
		HashValue string    `json:"hashValue"`
		Namespace namespace `json:"namespace"`
		Expected  bool      `json:"expected"`
	} `json:"inNamespace"`
	GetEqualWeights []struct {
		N        int       `json:"n"`
		Expected []float64 `json:"expected_rounded_8dp"`
	} `json:"getEqualWeights"`
	InRange []struct {
		N        float64    `json:"n"`
		Range    [2]float64 `json:"range"`
		Expected bool       `json:"expected"`
	} `json:"inRange_derived"`
	Run        []runCase `json:"run"`
	Uniformity struct {
		Seed   string `json:"seed"`
		Counts []int  `json:"decile_counts"`
	} `json:"uniformity_v2"`
	Splits map[string][]int `json:"split_v2_seed_landing-hero_ids_v0_to_v19999"`
}

type hashCase struct {
	Seed     string   `json:"seed"`
	Value    string   `json:"value"`
	Version  int      `json:"version"`
	Expected *float64 `json:"expected"`
}

// namespace is written [name, start, end].
type namespace struct{ Namespace }

func (n *namespace) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&n.Name, &n.Lo, &n.Hi})
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	data, err := os.ReadFile("testdata/growthbook_bucketing.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func toRanges(pairs [][2]float64) []Range {
	var ranges []Range
	for _, p := range pairs {
		ranges = append(ranges, Range{p[0], p[1]})
	}
	return ranges
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9 }

func TestFNVAgreesWithJavaScript(t *testing.T) {
	cases := readVectors(t).FNV
	if len(cases) != 8 {
		t.Fatalf("%d cases, want 8", len(cases))
	}
	for _, c := range cases {
		if got := fnv(fnvOffset, c.Input); got != c.Expected {
			t.Errorf("fnv(%q) = %d, want %d", c.Input, got, c.Expected)
		}
	}
}

func TestHashAgreesWithTheSDK(t *testing.T) {
	v := readVectors(t)
	cases := append(v.Hash, v.Derived...)
	if len(cases) != 26 {
		t.Fatalf("%d cases, want 26", len(cases))
	}
	for _, c := range cases {
		got, ok := Hash(c.Seed, c.Value, c.Version)
		if ok != (c.Expected != nil) {
			t.Errorf("Hash(%q, %q, %d): ok = %v", c.Seed, c.Value, c.Version, ok)
		}
		if c.Expected != nil && got != *c.Expected {
			t.Errorf("Hash(%q, %q, %d) = %v, want %v", c.Seed, c.Value, c.Version, got, *c.Expected)
		}
	}
}

func TestBucketRangesAgreeWithTheSDK(t *testing.T) {
	cases := readVectors(t).GetBucketRange
	if len(cases) != 13 {
		t.Fatalf("%d cases, want 13", len(cases))
	}
	for _, c := range cases {
		got := BucketRanges(c.NumVariations, c.Coverage, c.Weights)
		if len(got) != len(c.Expected) {
			t.Errorf("%s: %v, want %v", c.Name, got, c.Expected)
			continue
		}
		for i, want := range c.Expected {
			if !near(got[i].Lo, want[0]) || !near(got[i].Hi, want[1]) {
				t.Errorf("%s: %v, want %v", c.Name, got, c.Expected)
			}
		}
	}
}

func TestChooseVariationAgreesWithTheSDK(t *testing.T) {
	cases := readVectors(t).ChooseVariation
	if len(cases) != 13 {
		t.Fatalf("%d cases, want 13", len(cases))
	}
	for _, c := range cases {
		if got := ChooseVariation(c.N, toRanges(c.Ranges)); got != c.Expected {
			t.Errorf("%s: %d, want %d", c.Name, got, c.Expected)
		}
	}
}

func TestRangeHoldsItsLowerEndOnly(t *testing.T) {
	cases := readVectors(t).InRange
	if len(cases) != 12 {
		t.Fatalf("%d cases, want 12", len(cases))
	}
	for _, c := range cases {
		if got := (Range{c.Range[0], c.Range[1]}).Contains(c.N); got != c.Expected {
			t.Errorf("%v in %v = %v", c.N, c.Range, got)
		}
	}
}

func TestNamespaceAgreesWithTheSDK(t *testing.T) {
	cases := readVectors(t).InNamespace
	if len(cases) != 16 {
		t.Fatalf("%d cases, want 16", len(cases))
	}
	for _, c := range cases {
		if got := c.Namespace.Contains(c.HashValue); got != c.Expected {
			t.Errorf("%s: %v, want %v", c.Name, got, c.Expected)
		}
	}
}

func TestEqualWeightsAgreeWithTheSDK(t *testing.T) {
	cases := readVectors(t).GetEqualWeights
	if len(cases) != 6 {
		t.Fatalf("%d cases, want 6", len(cases))
	}
	for _, c := range cases {
		got := EqualWeights(c.N)
		if len(got) != len(c.Expected) {
			t.Errorf("EqualWeights(%d) = %v, want %v", c.N, got, c.Expected)
			continue
		}
		for i, want := range c.Expected {
			if math.Abs(got[i]-want) > 1e-8 {
				t.Errorf("EqualWeights(%d) = %v, want %v", c.N, got, c.Expected)
			}
		}
	}
}

func TestHundredThousandVisitorsFallIntoTheSameDeciles(t *testing.T) {
	u := readVectors(t).Uniformity
	counts := make([]int, 10)
	for i := range 100000 {
		n, _ := Hash(u.Seed, fmt.Sprintf("user%d", i), V2)
		counts[int(n*10)]++
	}
	if fmt.Sprint(counts) != fmt.Sprint(u.Counts) {
		t.Errorf("deciles %v, want %v", counts, u.Counts)
	}
}

func TestTwentyThousandVisitorsSplitAsInJavaScript(t *testing.T) {
	splits := readVectors(t).Splits
	if len(splits) != 2 {
		t.Fatalf("%d splits, want 2", len(splits))
	}
	for text, want := range splits {
		var weights []float64
		if err := json.Unmarshal([]byte(text), &weights); err != nil {
			t.Fatal(err)
		}
		s := New(Config{Key: "landing-hero", Version: V2, Variations: len(weights), Weights: weights, Coverage: 1})
		got := make([]int, len(weights))
		for i := range 20000 {
			v, ok := s.Assign(fmt.Sprintf("v%d", i))
			if !ok {
				t.Fatalf("v%d is not in the experiment", i)
			}
			got[v]++
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("weights %v: %v, want %v", weights, got, want)
		}
	}
}
