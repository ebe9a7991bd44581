"""As much of LangChain as the guide's handler touches."""


class BaseCallbackHandler:
    pass
