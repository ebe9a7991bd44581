class DunetraceOTelReceiver:
    @classmethod
    def attach(cls, provider, client, agent_id):
        pass
