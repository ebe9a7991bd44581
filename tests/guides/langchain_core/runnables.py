"""Calls a handler's hooks in the order and with the arguments that LangChain does, for a run with everything in it."""
import uuid
from types import SimpleNamespace as Of


class RunnableLambda:
    def __init__(self, function):
        self.function = function

    def invoke(self, value, config):
        for handler in config["callbacks"]:
            drive(handler, value)
            fail(handler)
            stray(handler)
        return f"{self.function(value)}\nleft open: {handler._open}"


def drive(handler, value):
    root, inner = uuid.uuid4(), uuid.uuid4()
    handler.on_chain_start({"name": "agent"}, {"input": value}, run_id=root, parent_run_id=None, tags=[], metadata={})
    handler.on_chain_start(None, {"input": value}, run_id=inner, parent_run_id=root, tags=[], metadata={}, name="node")

    def child(start, *args, **kwargs):
        run_id = uuid.uuid4()
        getattr(handler, start)(*args, run_id=run_id, parent_run_id=inner, tags=[], **kwargs)
        return {"run_id": run_id, "parent_run_id": inner}

    ids = child("on_chat_model_start", {}, [[value]], metadata={"ls_model_name": "gpt-4o-mini"}, invocation_params={})
    message = Of(tool_calls=[{}], usage_metadata={"input_tokens": 120, "output_tokens": 30}, response_metadata={})
    answer = Of(text="12345", message=message, generation_info={"finish_reason": "stop"})
    handler.on_llm_end(Of(generations=[[answer]], llm_output=None), **ids)

    tool = {"name": "web_search", "description": "searches"}
    ids = child("on_tool_start", tool, str({"query": value}), metadata={}, inputs={"query": value})
    handler.on_tool_end(Of(content="1234", status="success"), **ids)
    ids = child("on_tool_start", tool, str({"query": value}), metadata={}, inputs={"query": value})
    handler.on_tool_error(ValueError(value), **ids)

    ids = child("on_retriever_start", None, value, metadata={}, name="handbook")
    handler.on_retriever_end([Of(), Of()], **ids)

    ids = child("on_llm_start", None, [value], metadata=None, invocation_params={"model": "old-model"})
    answer = Of(text="12345", generation_info={"stop_reason": "max_tokens"})
    usage = {"token_usage": {"prompt_tokens": 7, "completion_tokens": 8}}
    handler.on_llm_end(Of(generations=[[answer]], llm_output=usage), **ids)
    ids = child("on_llm_start", None, [value], metadata=None)
    handler.on_llm_error(RuntimeError(value), **ids)

    handler.on_chain_end({}, run_id=inner, parent_run_id=root)
    handler.on_chain_end({}, run_id=root, parent_run_id=None)


def fail(handler):
    root, inner = uuid.uuid4(), uuid.uuid4()
    handler.on_chain_start(None, "x", run_id=root, parent_run_id=None)
    handler.on_chain_start(None, "x", run_id=inner, parent_run_id=root)  # never ends
    handler.on_chain_error(KeyError("x"), run_id=root, parent_run_id=None)


def stray(handler):
    run_id = uuid.uuid4()  # outside of any chain
    handler.on_tool_start({"name": "web_search"}, "x", run_id=run_id, parent_run_id=None)
    handler.on_tool_end("x", run_id=run_id, parent_run_id=None)
