"""What nixpkgs makes of a closure, put together anew from igraph's own operations.

Reads {"graph": [{path, narSize, references}], "pipelines": [...], "limits": [...]} from standard
input and writes {"pipelines": [layers or null where the pipeline fails], "auto": [layers for each
limit]}.
"""
import json
import sys
from itertools import chain, islice

import igraph

FAKE_ROOT = "__root__"


def to_igraph(nodes):
    nodes = sorted(nodes, key=lambda node: node["narSize"])
    edges = [(node["path"], to) for node in nodes for to in node["references"] if to != node["path"]]
    graph = igraph.Graph(directed=True)
    graph.add_vertices([node["path"] for node in nodes])
    graph.add_edges(edges)
    return graph


def find(graph, name):
    try:
        return graph.vs.find(name=name).index
    except (ValueError, KeyError):
        return None


def indices(graph, names):
    return [i for i in (find(graph, name) for name in names) if i is not None]


def listed(value):
    return value if isinstance(value, list) else [value]


def leaves(value):
    if isinstance(value, igraph.Graph):
        return [value]
    return list(chain.from_iterable(map(leaves, value.values() if isinstance(value, dict) else value)))


def contest(graph):
    """Scores by their definition: through every root and child, one more for each step."""
    memo = {}

    def below(vertex):
        if vertex not in memo:
            memo[vertex] = count(graph.successors(vertex))
        return memo[vertex]

    def count(children):
        scores = {}
        for child in children:
            scores[child] = scores.get(child, 0) + 1
            for needed, score in below(child).items():
                scores[needed] = scores.get(needed, 0) + score + 1
        return scores

    def name(path):
        start, *rest = path.split("-")
        return "-".join([*rest, start])

    scores = count([v.index for v in graph.vs if v.indegree() == 0])
    names = {graph.vs[vertex]["name"]: score for vertex, score in scores.items()}
    ordered = sorted(names, key=lambda path: (-names[path], name(path)))
    return [alone(path) for path in ordered]


def alone(path):
    graph = igraph.Graph(directed=True)
    graph.add_vertices([path])
    return graph


def split_paths(points, graph):
    at = []
    for point in points:
        if isinstance(point, dict):
            for parent in indices(graph, listed(point["children_of"])):
                at.extend(graph.successors(parent))
        else:
            at.extend(indices(graph, [point]))
    if not at:
        return {"rest": graph}
    roots = [v["name"] for v in graph.vs if v.indegree() == 0]
    work = graph.copy()
    root = roots[0]
    if len(roots) != 1:
        root = FAKE_ROOT
        work.add_vertices([root])
        work.add_edges([(root, name) for name in roots])
    if find(work, root) in at:
        return {"main": graph}
    off = set(chain.from_iterable(work.subcomponent(i, mode="out") for i in at))
    work.delete_edges(_target_in=at)
    kept = set(work.subcomponent(find(work, root), mode="out"))
    parts = {"main": off - kept, "common": off & kept, "rest": kept - off}
    graphs = {}
    for part, vertices in parts.items():
        made = work.induced_subgraph(vertices)
        fake = find(made, FAKE_ROOT)
        if fake is not None:
            made.delete_vertices(fake)
        if made.vcount() > 0:
            graphs[part] = made
    return graphs


def subcomponent(mode, paths, graph):
    found = set(chain.from_iterable(graph.subcomponent(i, mode=mode) for i in indices(graph, paths)))
    return {
        "main": graph.induced_subgraph(found),
        "rest": graph.induced_subgraph(set(range(graph.vcount())) - found),
    }


def limit_layers(count, value):
    items = iter(value)
    first = list(islice(items, count - 1))
    merged = igraph.Graph(directed=True)
    for graph in chain.from_iterable(map(listed, items)):
        merged = merged.disjoint_union(graph)
    return [*first, merged]


def split_every(count, graph):
    every = range(graph.vcount())
    return [graph.induced_subgraph(every[i:i + count]) for i in every[::count]]


def remove_paths(paths, graph):
    gone = set(indices(graph, listed(paths)))
    return graph.induced_subgraph([i for i in range(graph.vcount()) if i not in gone])


def apply(operation, value):
    name, *args = operation
    if name == "pipe":
        return run(args[0], value)
    if name == "map":
        return [apply(args[0], item) for item in sequence(value)]
    if name == "over":
        part, inner = args
        return {**value, part: apply(inner, value[part])}
    if name == "flatten":
        return leaves(value)
    if name == "reverse":
        return list(reversed(sequence(value)))
    if name == "limit_layers":
        return limit_layers(args[0], sequence(value))
    if not isinstance(value, igraph.Graph):
        raise TypeError(name)
    return {
        "popularity_contest": contest,
        "split_paths": split_paths,
        "split_every": split_every,
        "remove_paths": remove_paths,
        "subcomponent_in": lambda paths, graph: subcomponent("in", paths, graph),
        "subcomponent_out": lambda paths, graph: subcomponent("out", paths, graph),
    }[name](*args, value)


def sequence(value):
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def run(pipeline, value):
    for operation in pipeline:
        value = apply(operation, value)
    return value


def layers(nodes, pipeline):
    try:
        graphs = leaves(run(pipeline, to_igraph(nodes)))
        return [graph.vs["name"] for graph in graphs if graph.vcount() > 0]
    except (KeyError, TypeError, AttributeError):
        return None


def auto(nodes, limit):
    """Groups by the set of primaries that need a path, with sets of names."""
    graph = to_igraph(nodes)
    name = graph.vs["name"]
    needs = {name[i]: {name[j] for j in graph.subcomponent(i, mode="out")} for i in range(len(name))}
    size = {node["path"]: node["narSize"] for node in nodes}
    group = {path: frozenset() for path in size}  # in the order of the graph, as a set goes by it
    for primary in reversed(sorted(size, key=size.get)):
        after = dict(group)
        after[primary] = frozenset([primary])
        for path in needs[primary] - {primary}:
            others = frozenset(p for p in group[path] if primary not in needs[p])
            after[path] = others if others & needs[primary] else others | {primary}
        if len(set(after.values())) > limit:
            break
        group = after
    # A set's order is that of hashes: it is the same each time where PYTHONHASHSEED is 0, as in nixpkgs.
    made = {primaries: [] for primaries in set(group.values())}
    for path, primaries in group.items():
        made[primaries].append(path)

    def key(path):
        start, rest = path.split("-", 1)
        return rest, start

    def weight(paths):
        return sum(size[path] for path in set().union(*(needs[path] for path in paths)))

    ordered = [sorted(paths, key=key) for paths in made.values()]
    return sorted(ordered, key=weight)


asked = json.load(sys.stdin)
json.dump({
    "pipelines": [layers(asked["graph"], pipeline) for pipeline in asked["pipelines"]],
    "auto": [auto(asked["graph"], limit) for limit in asked["limits"]],
}, sys.stdout)
