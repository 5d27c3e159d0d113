class NetworkTrial: pass
class ServingTrial: pass
