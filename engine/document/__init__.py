"""The document: records, the graph that holds them, the verbs that edit it, its history and its files.

records    Node, Edge, Frame and Change: immutable, JSON-able
loops      what stands in which loop, and the course: the order in which a document with loops runs
kinds      what frames there are
graph      Graph, whose ``apply`` is the only writer; Snapshot, for readers on other threads
commands   verbs: what a user does in one go, as a sentence and some Changes
framing    the verbs on frames; placing: what puts nodes and frames somewhere
clipboard  copy, paste and duplicate, as JSON text
history    undo and redo
params     what a param's value may be, said by the op's declaration
arrays     numbers as nested lists, or as base64 where there are many
document   Document: a graph with its view and notes
files      dumps, loads, load and save
"""
