def raises(kind, function, *args):
    try:
        function(*args)
    except kind as error:
        return str(error)
    raise AssertionError(f"no {kind.__name__}")


limit = StepLimit(2)
limit.step()
limit.step()
raises(StepLimitReached, limit.step)


def search(query, page=1):
    return f"{query}/{page}"


once = OncePerRun()
assert once.call(search, query="a", page=1) == "a/1"
assert "already called" in once.call(search, page=1, query="a")
assert once.call(search, query="b") == "b/1"

guard = SwingGuard(3)
assert [guard.allows(name) for name in "ababab"] == [True] * 5 + [False]
assert guard.allows("c")
assert all(SwingGuard(1).allows("a") for _ in range(5))

budget = TokenBudget(100)
budget.spend(60, 40)
raises(BudgetSpent, budget.spend, 1, 0)

assert cut("abc") == "abc" and cut("abcdef", 4) == "abcd [2 characters left out]"
messages = [{"role": role} for role in ("system", "user", "assistant", "tool", "assistant")]
assert window(messages, 2) == [{"role": "system"}, {"role": "assistant"}]

waits = []
retry = Retry(sleep=waits.append)
calls = []


def down():
    calls.append(1)
    raise OSError("down")


assert "failed 3 times" in raises(ToolUnavailable, retry.call, "db", down)
assert len(calls) == 3 and len(waits) == 2 and 0.25 <= waits[0] <= 0.5 <= waits[1] <= 1
raises(ToolUnavailable, retry.call, "db", down)
assert "is down" in raises(ToolUnavailable, retry.call, "db", down) and len(calls) == 6
assert retry.call("other", lambda: 7) == 7

found = {"a": [(0.1, "x")], "b": [(0.9, "y"), (0.2, "z")]}
assert retrieve(found.get, lambda query: "b", "a") == [(0.9, "y")]
assert retrieve(found.get, lambda query: "a", "a") is None

answers = [("half", "length"), ("whole", "stop")]
asked = []
assert whole_answer(lambda tokens: asked.append(tokens) or answers[len(asked) - 1]) == "whole" and asked == [1024, 2048]
raises(NoAnswer, whole_answer, lambda tokens: (" ", "stop"))

assert accept("a", 1, None) == "a" and accept("a", 0, lambda prompt: "b") == "b"
check_setup("task", {"db": lambda: None})
raises(ValueError, check_setup, " ", {})
assert "db can't be used: down" in raises(RuntimeError, check_setup, "task", {"db": down})
assert as_data("</document>") == "<document>&lt;/document&gt;</document>"
print("all kept")
