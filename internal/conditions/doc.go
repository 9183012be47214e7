// Package conditions is the one language in which a marketer says which people
// something is for: who they are, what they did, how many points they have.
//
// A Condition is a tree. Match asks it of one person in memory, Where writes it as
// SQL for all of them, and the law is that both give the same answer: both read the
// folds that Fold makes, and a test holds them against each other on both databases.
// Say puts it into words, and Explain says why somebody is in or not.
package conditions
