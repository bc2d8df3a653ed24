"""What an instructor needs: the learner's copies, and assign, collect, grade with nbgrader."""
