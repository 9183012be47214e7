// Package assign decides which variant a visitor sees. The same visitor gets
// the same variant every time, on every server and in every GrowthBook SDK,
// because the answer is computed from the visitor's id alone and nothing is
// stored.
//
// The arithmetic is that of the GrowthBook SDK specification, version 0.8
// (docs.growthbook.io/lib/build-your-own): an FNV-1a hash of seed and id gives
// a number in [0, 1), and each variant owns a piece of that line. A wider
// coverage lengthens the pieces without moving where they begin, so raising it
// brings new visitors in and moves nobody from one variant to another.
//
// Text is hashed by UTF-16 code units, as JavaScript does. For plain ASCII ids
// that equals hashing bytes, so every SDK agrees; SDKs that hash UTF-8 bytes
// place a visitor with a non-ASCII id elsewhere than JavaScript and we do.
package assign
