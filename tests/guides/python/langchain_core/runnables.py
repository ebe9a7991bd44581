"""As much of LangChain as the guide's agent touches: a call that hands its callbacks on."""


class RunnableLambda:
    def __init__(self, function):
        self.function = function

    def invoke(self, value, config):
        for callback in config["callbacks"]:
            print(type(callback).__name__, callback.agent_id, callback.tools)
        return self.function(value)
