"""User models as other sites have them: the stories are told under each."""
